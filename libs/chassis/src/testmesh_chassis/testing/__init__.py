"""What tests of services need: real servers, databases of their own."""
