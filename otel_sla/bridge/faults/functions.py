"""What is wrong with a source that is a function, in sentences."""

from collections.abc import Iterator
from inspect import isasyncgenfunction, iscoroutinefunction, signature

from ..declare.functions import SourceFunction
from .options import Fault, faults_of_limit, faults_of_seconds


def faults(declaration: SourceFunction) -> Iterator[Fault]:
    """Yield what is wrong with a function or its options. It is not called."""
    own = declaration.source_name()
    function = declaration.function
    if iscoroutinefunction(function) or isasyncgenfunction(function):
        yield Fault(
            own,
            "is async, and is called on a thread without an event loop: write def, and "
            "use async_to_sync() of asgiref for what is async",
        )
    try:
        signature(function).bind(object())
    except TypeError:
        yield Fault(
            own,
            f"takes ({', '.join(signature(function).parameters)}), and is called with "
            f"one argument: write def {function.__name__}(read)",
        )
    yield from faults_of_seconds(own, declaration.refresh, declaration.budget)
    for name, given, counted in (
        ("at_most", declaration.at_most, "names"),
        ("max_rows", declaration.max_rows, "samples"),
    ):
        for message in faults_of_limit(given, counted):
            yield Fault(f"{own}.{name}", message)
