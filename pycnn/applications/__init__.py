"""Well-known networks, each as a function that returns a model ready to compile."""

from pycnn.applications.lenet import LeNet5

__all__ = ["LeNet5"]
