"""gRPC: what `grpc_call` calls with. Proto files are read here, too, with nothing but Python and protobuf."""
