var mime_samples = [
  { 'mime': 'text/html', 'samples': [
    { 'url': 'http://shop.example.com/', 'dir': '_m0/0', 'linked': 2, 'len': 120 } ]
  }
];

var issue_samples = [
  { 'severity': 4, 'type': 50103, 'samples': [
    { 'url': 'http://shop.example.com/cart?id=1\x27', 'extra': 'response to \x27\x22 different than to \x27\x27', 'sid': '0', 'dir': '_i0/0' } ]
  },
  { 'severity': 3, 'type': 40101, 'samples': [
    { 'url': 'http://shop.example.com/find?q=-->\x3csfi000084v209637>', 'extra': 'injected \x27\x3csfi000084v209637>\x27 tag seen in HTML', 'sid': '0', 'dir': '_i1/0' } ]
  },
  { 'severity': 3, 'type': 40201, 'samples': [
    { 'url': 'http://shop.example.com/', 'extra': 'https://cdn.example.net/a.js', 'sid': '0', 'dir': '_i2/0' },
    { 'url': 'http://shop.example.com/', 'extra': 'https://cdn.example.net/b.css', 'sid': '0', 'dir': '_i2/1' } ]
  },
  { 'severity': 2, 'type': 30601, 'samples': [
    { 'url': 'http://shop.example.com/login', 'extra': '', 'sid': '0', 'dir': '_i3/0' } ]
  },
  { 'severity': 0, 'type': 10803, 'samples': [
    { 'url': 'https://static.example.com/s.txt', 'extra': '', 'sid': '0', 'dir': '_i4/0' } ]
  }
];

