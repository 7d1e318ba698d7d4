"""Python imports this at its start, when the folder is on PYTHONPATH. Under sigsweep it has asyncio observed
once the program imports it; without sigsweep, or without asyncio, nothing is loaded. Another sitecustomize on
the path is run as well."""

import importlib.machinery
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class OnAsyncio:
    """Finds asyncio as the other finders do, and lets the observer in as soon as it is loaded."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "asyncio":
            return None
        sys.meta_path.remove(cls)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                observe()

            spec.loader.exec_module = exec_module
        return spec


def observe():
    sys.path[:0] = [HERE, os.path.dirname(HERE)]
    try:
        import asyncio_observer
    finally:
        del sys.path[:2]
    asyncio_observer.install()


def run_next():
    """The sitecustomize that this one stands before."""
    rest = [folder for folder in sys.path if os.path.abspath(folder or ".") != HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if os.environ.get("SIGSWEEP_EVENTS", "").isdigit():
    sys.meta_path.insert(0, OnAsyncio)
import importlib.util  # noqa: E402  not before: it is on the way of every start

run_next()
