"""What is said of each field of a model: the text below it in the source, or in its `Field`.

Pydantic reads such texts as well, by parsing every model when it is imported; here it is done only for who asks.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel


def models_of(root: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """`root` and every model that its fields hold, by their names; raises ValueError where two share one."""
    found: dict[str, type[BaseModel]] = {}
    waiting = [root]
    while waiting:
        model = waiting.pop()
        if found.setdefault(model.__name__, model) is not model:
            raise ValueError(f"two models are called {model.__name__}: a schema has one name for each")
        held = (each for field in model.model_fields.values() for each in _models_in(field.annotation))
        waiting += [each for each in held if found.get(each.__name__) is not each]
    return found


def field_texts(model: type[BaseModel]) -> dict[str, str]:
    """What is said of each field of `model` by its name in Python, inherited ones too; those without a text left out.

    Raises OSError where the source is not at hand.
    """
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _texts_below(each)
    given = {name: field.description for name, field in model.model_fields.items() if field.description}
    return {name: text for name, text in (found | given).items() if name in model.model_fields}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _texts_below(model: type[BaseModel]) -> dict[str, str]:
    """The strings that stand directly below fields in the body of the class."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    found, name = {}, ""
    for statement in body.body if isinstance(body, ast.ClassDef) else ():
        if name and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            found[name] = inspect.cleandoc(str(statement.value.value))
        name = _field_of(statement)
    return found


def _field_of(statement: ast.stmt) -> str:
    """The name of the field that a statement declares; "" where it declares none."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    return ""
