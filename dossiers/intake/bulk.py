"""Many rows of one table in one statement, past what Django does for each of their fields and for each statement.

On PostgreSQL new rows go in by COPY, and rows of which some are held already as one JSON document that becomes a set
of records: neither escapes a text letter by letter. SQLite takes all rows of a page in one VALUES: after each
statement that sets off a trigger, its index of trigrams is written out. Triggers, constraints and foreign keys hold
as ever. Only what the import writes by the hundred comes here; everything else is Django's.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
from django.db import connection
from django.db.models import DateField, DateTimeField, DecimalField, Field, JSONField, Model
from django.db.models.base import ModelState

Convert = Callable[[Any], Any]
Sql = tuple[str, list[Any]]  # with its parameters
Rows = Sequence[Model]
Row = TypeVar("Row", bound=Model)
ENCODER = msgspec.json.Encoder()
MOST_PARAMETERS = 32_000  # of a statement; SQLite takes 32,766


@dataclass(frozen=True)
class Table:
    """What is known of a model's table: its name as SQL, its columns, and how a row gives their values."""

    name: str
    columns: tuple[str, ...]
    values: Callable[[Model], tuple[Any, ...]]
    # by position, where the engine does not take a value as it is
    conversions: tuple[tuple[int, Convert], ...]
    updated: tuple[str, ...]  # the columns that a row which is held already takes over
    stamped: tuple["Field[Any, Any]", ...]  # filled with the moment of saving
    defaults: dict[str, Any]
    made: tuple[tuple[str, Callable[[], Any]], ...]  # defaults that each row has one of its own of
    names: str  # of the columns, as SQL
    names_of_values: tuple[str, ...]  # as a row has them
    # by position, where a value does not come from the engine as it is
    readings: tuple[tuple[int, Convert], ...]


def among(column: str, values: Iterable[Any]) -> Sql:
    """The condition that `column` has one of `values`, by one parameter however many they are."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", [list(values)]
    wanted = msgspec.json.encode(list(values)).decode()
    return f"{column} IN (SELECT value FROM json_each(%s))", [wanted]  # noqa: S608 (our own names)


def rows(model: type[Row], condition: str, params: Sequence[Any]) -> list[Row]:
    """The rows of `model` for which `condition` holds."""
    name = _table(model).name
    sql = f"SELECT {columns(model)} FROM {name} WHERE {condition}"  # noqa: S608 (our own names)
    return [row for row, _ in rows_beside(model, sql, params)]


@functools.cache
def columns(model: type[Model]) -> str:
    """The columns of `model`, as SQL."""
    return ", ".join(f"{_table(model).name}.{name}" for name in map(_quoted, _table(model).columns))


def rows_beside(model: type[Row], sql: str, params: Sequence[Any]) -> list[tuple[Row, tuple[Any, ...]]]:
    """The rows of `model` whose `columns` are the first that `sql` selects, each with what is selected beside it.

    Django takes longer to write such a query than to have it answered. Mostly nothing is held yet, and then nothing
    of a model is touched.
    """
    table = _table(model)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    names, width = table.names_of_values, len(table.columns)
    return [(model.from_db(connection.alias, names, _read(table, one[:width])), one[width:]) for one in found]


def blank(model: type[Row]) -> Row:
    """A new row with its defaults, to be filled in: as `model()`, ten times as fast. No signal tells of it."""
    table = _table(model)
    row = model.__new__(model)
    row.__dict__.update(table.defaults, _state=ModelState())
    for name, make in table.made:
        row.__dict__[name] = make()
    return row


def number(rows: Mapping[type[Model], Rows]) -> None:
    """Give every row that has no primary key the next one of its table, in one statement for all tables.

    Call it in the transaction that saves them, within `repairers.locking.one_writer`.
    """
    new = {model: [row for row in many if row.pk is None] for model, many in rows.items()}
    new = {model: many for model, many in new.items() if many}
    if not new:
        return
    numbers = _numbers({model._meta.db_table: len(many) for model, many in new.items()})
    for model, many in new.items():
        for row, pk in zip(many, numbers[model._meta.db_table], strict=True):
            row.pk = pk


def point_anew(rows: Iterable[Model]) -> None:
    """Have the foreign keys of `rows` name parents that have only now been numbered."""
    for row in rows:
        known = row.__dict__
        for name, parent in row._state.fields_cache.items():
            if parent is not None and known.get(f"{name}_id", parent) is None:
                known[f"{name}_id"] = parent.pk


def insert(model: type[Model], rows: Rows) -> None:
    """Store new rows. All of them have their primary keys, or none has: it is then not known. Raises IntegrityError."""
    table = _table(model) if rows[0].pk is not None else _table_without_key(model)
    _stamp(table, rows, add=True)
    if connection.vendor == "postgresql":
        _copy(table, rows)
    else:
        _as_values(table, rows, "")


def upsert(
    model: type[Model], rows: Rows, *, unique: Sequence[str] = ("id",), columns: Sequence[str] = ()
) -> None:
    """Store rows of which some are held already, known by their `unique` columns; these take over `columns`, or all.

    Raises IntegrityError.
    """
    table = _table(model)
    _stamp(table, rows, add=False)
    changes = ", ".join(f"{name} = excluded.{name}" for name in map(_quoted, columns or table.updated))
    update = f"ON CONFLICT ({_quoted(*unique)}) DO UPDATE SET {changes}"
    if connection.vendor == "postgresql":
        _as_records(table, rows, update)
    else:
        _as_values(table, rows, update)


def look_at_sizes(*models: type[Model]) -> None:
    """Have PostgreSQL see how full these tables are by now, by a tenth of the rows that it usually looks at.

    By itself it looks once a minute; until then it takes tables that a first import fills for nearly empty ones, and
    reads all of a repairer's rows for each page.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            tables = ", ".join(map(_without_documents, models))
            cursor.execute(f"SET LOCAL default_statistics_target = 10; ANALYZE {tables}")  # one transaction


def _without_documents(model: type[Model]) -> str:
    """The columns that rows are looked up by: what stands in a document takes long to look through."""
    found = [str(field.column) for field in model._meta.concrete_fields if not isinstance(field, JSONField)]
    return f"{_table(model).name} ({_quoted(*found)})"


@functools.cache
def _table(model: type[Model]) -> Table:
    return _table_of(model, list(model._meta.concrete_fields))


@functools.cache
def _table_without_key(model: type[Model]) -> Table:
    return _table_of(model, [field for field in model._meta.concrete_fields if not field.primary_key])


def _table_of(model: type[Model], fields: "list[Field[Any, Any]]") -> Table:
    conversions = ((at, _conversion(field)) for at, field in enumerate(fields))
    return Table(
        name=_quoted(model._meta.db_table),
        columns=tuple(str(field.column) for field in fields),
        values=attrgetter(*(field.attname for field in fields)),
        conversions=tuple((at, convert) for at, convert in conversions if convert is not None),
        updated=tuple(str(field.column) for field in fields if not _is_of_the_first_time(field)),
        stamped=tuple(field for field in fields if _is_stamped(field)),
        defaults={field.attname: field.get_default() for field in fields},
        made=tuple((field.attname, field.default) for field in fields if _is_made(field)),
        names=_quoted(*(str(field.column) for field in fields)),
        names_of_values=tuple(field.attname for field in fields),
        readings=tuple((at, read) for at, field in enumerate(fields) for read in _readings(field)),
    )


def _conversion(field: "Field[Any, Any]") -> Convert | None:
    if isinstance(field, JSONField):
        return _json
    if connection.vendor != "sqlite":
        return None
    if isinstance(field, DateTimeField):
        return functools.lru_cache(1024)(connection.ops.adapt_datetimefield_value)  # a page has few moments
    if isinstance(field, DateField | DecimalField):
        return functools.partial(field.get_db_prep_save, connection=connection)
    return None


def _readings(field: "Field[Any, Any]") -> list[Convert]:
    """What Django does to a value that comes from the database, in its order."""
    column = field.get_col(field.model._meta.db_table)
    converters = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
    return [functools.partial(_with, converter, column) for converter in converters]


def _with(converter: Callable[..., Any], column: Any, value: Any) -> Any:
    return converter(value, column, connection)


def _read(table: Table, found: Sequence[Any]) -> list[Any]:
    values = list(found)
    for at, read in table.readings:
        values[at] = read(values[at])
    return values


def _json(value: Any) -> str:
    return ENCODER.encode(value).decode()


def _is_made(field: "Field[Any, Any]") -> bool:
    return field.has_default() and callable(field.default)


def _is_stamped(field: "Field[Any, Any]") -> bool:
    return getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)


def _is_of_the_first_time(field: "Field[Any, Any]") -> bool:
    return field.primary_key or getattr(field, "auto_now_add", False)


def _stamp(table: Table, rows: Rows, add: bool) -> None:
    for field in table.stamped:
        for row in rows:
            field.pre_save(row, add or getattr(row, field.attname) is None)


def _copy(table: Table, rows: Rows) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table.name} ({table.names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(_converted(table, row))


def _as_records(table: Table, rows: Rows, update: str) -> None:
    document = msgspec.json.encode([dict(zip(table.columns, table.values(row), strict=True)) for row in rows])
    records = f"SELECT {table.names} FROM json_populate_recordset(NULL::{table.name}, %s)"  # noqa: S608 (our own names)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table.name} ({table.names}) {records} {update}", [document.decode()])


def _as_values(table: Table, rows: Rows, update: str) -> None:
    row = f"({', '.join(['%s'] * len(table.columns))})"
    portion = MOST_PARAMETERS // len(table.columns)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), portion):
            found = [_converted(table, one) for one in rows[start : start + portion]]
            cursor.execute(
                f"INSERT INTO {table.name} ({table.names}) VALUES {', '.join([row] * len(found))} {update}",  # noqa: S608 (our own names)
                list(chain.from_iterable(found)),
            )


def _converted(table: Table, row: Model) -> list[Any]:
    values = list(table.values(row))
    for at, convert in table.conversions:
        if values[at] is not None:
            values[at] = convert(values[at])
    return values


def _numbers(counts: Mapping[str, int]) -> dict[str, list[int]]:
    """So many new primary keys of each table, by its name."""
    return _from_sequences(counts) if connection.vendor == "postgresql" else _after_the_last(counts)


def _from_sequences(counts: Mapping[str, int]) -> dict[str, list[int]]:
    name = "SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name OFFSET 0"  # looked up once, not for each row
    one = f"SELECT %s, nextval(name) FROM ({name}) sequence, generate_series(1, %s)"  # noqa: S608 (our own words)
    numbers: dict[str, list[int]] = {name: [] for name in counts}
    with connection.cursor() as cursor:
        arguments = [argument for name, count in counts.items() for argument in (name, name, count)]
        cursor.execute(" UNION ALL ".join([one] * len(counts)), arguments)
        for name, pk in cursor.fetchall():
            numbers[name].append(pk)
    return numbers


def _after_the_last(counts: Mapping[str, int]) -> dict[str, list[int]]:
    """Nobody else writes to a SQLite during the transaction, and it goes on counting behind the greatest stored."""
    marks = ", ".join(["%s"] * len(counts))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, seq FROM sqlite_sequence WHERE name IN ({marks})", list(counts))  # noqa: S608
        last = dict(cursor.fetchall())
    firsts = {name: last.get(name, 0) + 1 for name in counts}
    return {name: list(range(firsts[name], firsts[name] + count)) for name, count in counts.items()}


def _quoted(*names: str) -> str:
    return ", ".join(connection.ops.quote_name(name) for name in names)
