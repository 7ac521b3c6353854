"""What every TestMesh service needs and none owns. It knows no flow, no step, no execution."""
