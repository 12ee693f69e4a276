"""Find the sources that a site's apps declare, as Django finds their admin modules."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from ..conf import conf
from ..database.failures import named
from ..logs import get_logger
from ..text import suggestion
from .declare import counted_rows
from .declare.declarations import NamedBy, RowMetrics
from .declare.functions import SourceFunction
from .faults import functions as function_faults
from .faults import rows as row_faults
from .faults.options import Fault
from .last_good import LastGood
from .registry import AnySource, Registry, registry
from .rows.function_source import FunctionSource
from .rows.named_source import NamedRowSource
from .rows.row_source import RowSource

logger = get_logger(__name__)

Declaration = type[RowMetrics] | SourceFunction
"""What a module declares: a class or a function."""


def register_all(sources: Registry) -> None:
    """Register what the site's apps declare.

    Modules that can't be imported and wrong declarations are logged, and system checks
    report them. Other sources are not affected.
    """
    for module in _modules():
        if isinstance(module, Fault):
            logger.error("%s", module)
            continue
        for declaration in declarations(module):
            register(declaration, sources)
    for fault in unknown_sources(sources):
        logger.error("%s", fault)


def register(declaration: Declaration, sources: Registry) -> None:
    """Register a declaration, or log what is wrong with it."""
    found = [*_faults(declaration, with_rows=False)]
    for fault in found or _clashes(declaration, sources):
        logger.error("left out of the metrics: %s", fault)


def all_faults() -> Iterator[tuple[Declaration, list[Fault]]]:
    """Yield each declaration of the site's apps with what is wrong with it."""
    sources = Registry()
    for one in registry.registered:
        if one.source.required:
            sources.register(one)
    for declaration in discovered():
        found = [*_faults(declaration)]
        if not found:
            found = _clashes(declaration, sources)
        yield declaration, found


def _faults(declaration: Declaration, *, with_rows: bool = True) -> Iterable[Fault]:
    """Return what is wrong with a declaration. Without `with_rows`, its queryset is not
    made."""
    try:
        if isinstance(declaration, SourceFunction):
            return [*function_faults.faults(declaration)]
        if with_rows:
            return row_faults.faults(declaration)
        return [*row_faults.faults_of_itself(declaration)]
    except Exception as error:
        # No declaration may keep the site from starting.
        return [Fault(declaration.source_name(), f"can't be used: {named(error)}")]


def _clashes(declaration: Declaration, sources: Registry) -> list[Fault]:
    """Register a declaration, and return why it can't be."""
    try:
        sources.register(LastGood(source_of(declaration)))
    except ValueError as error:
        return [Fault(declaration.source_name(), str(error))]
    return []


def unknown_sources(sources: Registry) -> list[Fault]:
    """Return what is wrong with names in OTEL_SLA["SOURCES"] that no source has.

    What is declared wrongly, or in a module that can't be imported, is reported
    elsewhere.
    """
    if not sources.missing:
        return []
    declared = {one.source_name() for one in discovered()}
    failed = {apps.get_containing_app_config(one.place) for one in import_faults()}
    labels = {one.label for one in failed if one}
    known = sorted(declared.union(one.source.name for one in sources.registered))
    return [
        Fault(
            'OTEL_SLA["SOURCES"]',
            f"there is no source {name!r}."
            + suggestion(name, known, " Did you mean {}?")
            + f" There are {', '.join(known) or 'none'}.",
        )
        for name in sources.missing
        if name not in declared and name.partition(".")[0] not in labels
    ]


def source_of(declaration: Declaration) -> AnySource:
    """Return the source that a declaration without faults describes."""
    if isinstance(declaration, SourceFunction):
        return FunctionSource(declaration)
    if declaration.declared(NamedBy):
        return NamedRowSource(declaration)
    return RowSource(declaration)


def import_faults() -> list[Fault]:
    """Return why modules can't be imported."""
    return [one for one in _modules() if isinstance(one, Fault)]


def modules() -> list[str]:
    """Return the names of the modules that could be imported."""
    return [one.__name__ for one in _modules() if isinstance(one, ModuleType)]


def discovered() -> Iterator[Declaration]:
    """Yield all declarations of the site's apps."""
    for module in _modules():
        if isinstance(module, ModuleType):
            yield from declarations(module)


def declarations(module: ModuleType) -> Iterator[Declaration]:
    """Yield the classes that a module declares, each once and without those that are
    bases only, and its functions. A package may have them in modules of its own."""
    own = (module.__name__, f"{module.__name__}.")
    found: dict[int, Declaration] = {}
    for name, one in list(vars(module).items()):
        if isinstance(one, SourceFunction):
            of_module = one.module
        elif isinstance(one, type) and issubclass(one, RowMetrics):
            if one.__module__ == counted_rows.__name__:
                # count_by() made it, so it has the name that the module gives it.
                one.__module__, one.__qualname__ = module.__name__, name
            of_module = "" if one.is_base() else one.__module__
        else:
            continue
        if of_module == own[0] or of_module.startswith(own[1]):
            found.setdefault(id(one), one)
    yield from found.values()


def _modules() -> list[ModuleType | Fault]:
    # All are imported before one is looked at: is_base() asks for subclasses, which may
    # be in another app.
    return list(_imported())


def _imported() -> Iterator[ModuleType | Fault]:
    for config in apps.get_app_configs():
        if config.module is None or not module_has_submodule(
            config.module, conf.METRICS_MODULE
        ):
            continue
        name = f"{config.name}.{conf.METRICS_MODULE}"
        try:
            yield import_module(name)
        except (Exception, SystemExit) as error:
            message = f"can't be imported: {type(error).__name__}: {error}"
            own = [
                one.lineno
                for one in traceback.extract_tb(error.__traceback__)
                if one.filename.endswith(f"/{name.replace('.', '/')}.py")
            ]
            yield Fault(name, message + (f" (line {own[-1]})" if own else ""))
