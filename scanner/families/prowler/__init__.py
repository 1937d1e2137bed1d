"""What Prowler's outputs have in common since version 3, for the slugs under which they are sent."""
