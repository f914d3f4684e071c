"""The parts of an approval: the request, who answers it, how it is shown, sent and measured."""
