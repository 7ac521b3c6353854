"""What the pages for users say, held against the product."""
