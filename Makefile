# The verbs of ./dev, for hands that type make.
VERBS := demo test check lint fix types contracts bench build sync clean

.PHONY: help $(VERBS)
help:
	@./dev help
$(VERBS):
	@./dev $@
