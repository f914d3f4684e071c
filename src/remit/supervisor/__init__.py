"""The supervisor: starts an agent confined, holds the means to stop it, and proves that it stopped."""
