"""What holds for every answer: errors, headers, pages."""
