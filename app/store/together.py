"""Several changes of a migration as one step.

Tortoise makes all models anew after every operation, which takes longer than the change itself; here that
happens once. For operations that each say what they need in the new models alone: not for AlterField, which
compares with the models before it.
"""

from collections.abc import Iterable

from tortoise.migrations.operations import Operation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class Together(Operation):
    """Operations, in their order; undone in the opposite one."""

    def __init__(self, *operations: Operation) -> None:
        self.operations = operations

    def state_forward(self, app_label: str, state: State) -> None:
        """See `Operation`."""
        gathering = _Gathering(state)
        for operation in self.operations:
            operation.state_forward(app_label, gathering)
        state.reload_models(gathering.touched)

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """See `Operation`."""
        for operation in self.operations:
            await operation.database_forward(app_label, old_state, new_state, state_editor)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """See `Operation`."""
        for operation in reversed(self.operations):
            await operation.database_backward(app_label, old_state, new_state, state_editor)


class _Gathering(State):
    """Shares a state's models, and remembers what would have to be made anew."""

    def __init__(self, state: State) -> None:
        super().__init__(state.models, state.apps)
        self.touched: set[tuple[str, str]] = set()

    def reload_model(self, app_label: str, model_name: str) -> None:
        self.touched.add((app_label, model_name))

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        self.touched.update(model_tuples)
