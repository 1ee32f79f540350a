"""The gateway between real client stacks and real server stacks."""
