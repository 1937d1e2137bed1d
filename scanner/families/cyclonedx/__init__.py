"""What CycloneDX documents say in JSON and in XML alike."""
