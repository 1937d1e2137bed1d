var mime_samples = [
  { 'mime': 'text/html', 'samples': [
    { 'url': 'http://shop.example.com/', 'dir': '_m0/0', 'linked': 2, 'len': 120 } ]
  }
];

var issue_samples = [
  { 'severity': 4, 'type': 50103, 'samples': [
    { 'url': 'http://shop.example.com/cart?id=1\x27', 'extra': 'response to \x27\x22 different than to \x27\x27', 'sid': '0', 'dir': '_i0/0' } ]
  },
  { 'severity': 1, 'type': 20101, 'samples': [
    { 'url': 'http://shop.example.com/a', 'extra': 'x', 'sid': '0', 'dir': '_i1/0' },
    { 'url': 'http://shop.example.com/b', 'extra': 'y', 'sid': '0', 'dir': '_i1/1' } ]
  },
  { 'severity': 5, 'type': 60001, 'samples': [
    { 'url': 'http://shop.example.com/new', 'extra': '', 'sid': '0', 'dir': '_i2/0' } ]
  },
  { 'severity': 2, 'type': 30601, 'samples': [
    { 'url': '', 'extra': '', 'sid': '0', 'dir': '_i3/0' } ]
  }
];

