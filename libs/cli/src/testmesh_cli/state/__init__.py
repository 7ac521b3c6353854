"""What the command keeps from run to run, in a folder beside the flows: how they ended, how long they took."""
