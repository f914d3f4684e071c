"""What the supervisor asks the kernel for: system calls Python lacks, filters, fences and cgroups."""
