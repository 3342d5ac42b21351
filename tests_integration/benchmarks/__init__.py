"""How fast coodie is, next to the driver alone.  python -m tests_integration.benchmarks.adapter"""
