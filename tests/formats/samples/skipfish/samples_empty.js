var mime_samples = [
  { 'mime': 'text/html', 'samples': [
    { 'url': 'http://shop.example.com/', 'dir': '_m0/0', 'linked': 2, 'len': 120 } ]
  }
];

var issue_samples = [
];

