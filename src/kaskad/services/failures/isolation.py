"""If a batch fails, bisects it to isolate the failing customer; the others proceed."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol, TypeVar

from kaskad.services.failures.bisection import run_by_bisection
from kaskad.services.failures.enrollment_failures import is_outage, record_failure
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, enrollments
from kaskad.storage.database import Connection

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class DecideFunction(Protocol[T_co]):
    """Decides about these customers, or about that one of their enrollments only."""

    def __call__(self, connection: Connection, people: Sequence[int], *, only: int | None) -> Awaitable[T_co]: ...


class IsolationDeps(HasDatabase, HasCatalogue, Protocol):
    """What isolating failures needs."""


async def isolate_failures(
    deps: IsolationDeps, people: Sequence[int], decide: DecideFunction[T]
) -> tuple[list[T], int]:
    """Decides smaller and smaller halves of these customers. Returns the decisions and how many enrollments failed.

    Customers that another worker has locked are skipped. An outage is raised: it says nothing of a single customer.
    """

    async def together(part: Sequence[int]) -> tuple[list[T], int]:
        async with deps.database.transaction() as connection:
            await deps.catalogue.refresh(connection)
            free = await enrollments.lock_available_customers(connection, part)
            return [await decide(connection, free, only=None)] if free else [], 0

    async def alone(customer: int, _: Exception) -> tuple[list[T], int]:
        return await _decide_one_by_one(deps, customer, decide)

    if len(people) == 1:
        return await _decide_one_by_one(deps, people[0], decide)
    half = len(people) // 2  # all of them at once have failed already
    found = await run_by_bisection(people[:half], together, alone=alone, is_theirs=_is_customer_failure)
    found += await run_by_bisection(people[half:], together, alone=alone, is_theirs=_is_customer_failure)
    return [result for decided, _ in found for result in decided], sum(faults for _, faults in found)


def _is_customer_failure(error: Exception) -> bool:
    return not is_outage(error)


async def _decide_one_by_one(deps: IsolationDeps, customer: int, decide: DecideFunction[T]) -> tuple[list[T], int]:
    """Decides each enrollment of one customer by itself, best first: a message counts in the caps of the next."""
    decided, faults = list[T](), 0
    async with deps.database.transaction() as connection:
        due = await enrollments.list_due_ids(connection, customer, await clock.read_now(connection))
    for enrollment in due:
        try:
            async with deps.database.transaction() as connection:
                await deps.catalogue.refresh(connection)
                if await enrollments.lock_available_customers(connection, [customer]):
                    decided.append(await decide(connection, [customer], only=enrollment))
        except Exception as error:
            if is_outage(error):
                raise
            await record_failure(deps.database, enrollment, error)
            faults += 1
    return decided, faults
