var mime_samples = [
  { 'mime': 'text/html', 'samples': [
    { 'url': 'http://shop.example.com/', 'dir': '_m0/0', 'linked': 2, 'len': 120 } ]
  }
];

var issue_samples = [
  { 'severity': 4, 'type': 50103, 'samples': [
    { 'url': 'http://shop.example.com/cart?id=1\x27', 'extra': 'response to \x27\x22 different than to \x27\x27', 'sid': '0', 'dir': '_i0/0' } ]
  }
];

