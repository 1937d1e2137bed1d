"""The benchmarks: each a module with a function that takes the scale and the scratch folder and gives back what it measured."""
