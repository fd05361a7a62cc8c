"""Polars among Great Expectations' fluent data sources: ``context.data_sources.add_polars(name)``."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import great_expectations.exceptions as gx_exceptions
import polars as pl
from great_expectations.compatibility import pydantic
from great_expectations.core import IDDict
from great_expectations.core.batch import LegacyBatchDefinition
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.datasource.fluent import BatchRequest
from great_expectations.datasource.fluent.batch_identifier_util import make_batch_identifier
from great_expectations.datasource.fluent.constants import _DATA_CONNECTOR_NAME
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset, Datasource
from great_expectations.exceptions.exceptions import BuildBatchRequestError

from norwalk_analytics.gx.engine import PolarsExecutionEngine


class DataFrameAsset(DataAsset):  # type: ignore[type-arg]
    """A Polars frame, handed over when it is validated."""

    type: Literal["dataframe"] = "dataframe"

    class Config:
        """What Great Expectations asks of an asset: no field that it does not know."""

        extra = pydantic.Extra.forbid

    def test_connection(self) -> None:
        """A frame needs no connection."""

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:
        """What a batch is made from."""
        return ("dataframe",)

    def build_batch_request(
        self, options: Any = None, batch_slice: Any = None, partitioner: Any = None
    ) -> Any:
        """A request for the batch of one frame.

        Args:
            options: ``{"dataframe": frame}``, a Polars DataFrame or LazyFrame.
            batch_slice: not supported.
            partitioner: not supported.

        Raises:
            BuildBatchRequestError: for any other options.
        """
        if batch_slice is not None or partitioner is not None:
            raise BuildBatchRequestError(
                message="A Polars frame is one batch: no batch_slice, no partitioner."
            )
        if not _is_one_frame(options):
            raise BuildBatchRequestError(
                message='options must be {"dataframe": a Polars DataFrame or LazyFrame}, and no more.'
            )
        return BatchRequest(datasource_name=self.datasource.name, data_asset_name=self.name, options=options)

    def _validate_batch_request(self, batch_request: Any) -> None:
        mine = (
            batch_request.datasource_name == self.datasource.name
            and batch_request.data_asset_name == self.name
        )
        if not (mine and _is_one_frame(batch_request.options)):
            message = f"This request is not one of {self.datasource.name}'s {self.name} with a Polars frame."
            raise gx_exceptions.InvalidBatchRequestError(message)

    def get_batch_identifiers_list(self, batch_request: Any) -> list[Any]:
        """What tells the request's one batch from others."""
        return [IDDict(batch_request.options)]

    def get_batch(self, batch_request: Any) -> Batch:
        """The batch of the request's frame."""
        self._validate_batch_request(batch_request)
        batch_spec = RuntimeDataBatchSpec(batch_data=batch_request.options["dataframe"])
        engine = self.datasource.get_execution_engine()
        data, markers = engine.get_batch_data_and_markers(batch_spec=batch_spec)
        definition = LegacyBatchDefinition(
            datasource_name=self.datasource.name, data_connector_name=_DATA_CONNECTOR_NAME,
            data_asset_name=self.name, batch_identifiers=make_batch_identifier(batch_request.options),
            batch_spec_passthrough=None,
        )  # fmt: skip
        metadata = self._get_batch_metadata_from_batch_request(
            batch_request=batch_request, ignore_options=("dataframe",)
        )
        return Batch(
            datasource=self.datasource, data_asset=self, batch_request=batch_request, data=data,
            metadata=metadata, batch_markers=markers, batch_spec=batch_spec, batch_definition=definition,
        )  # fmt: skip

    def add_batch_definition_whole_dataframe(self, name: str) -> Any:
        """Add the batch definition of the whole frame."""
        return self.add_batch_definition(name=name, partitioner=None)


def _is_one_frame(options: Any) -> bool:
    return (
        isinstance(options, dict)
        and set(options) == {"dataframe"}
        and isinstance(options["dataframe"], pl.DataFrame | pl.LazyFrame)
    )


class PolarsDatasource(Datasource):  # type: ignore[type-arg]
    """Polars frames, eager and lazy, as a data source of Great Expectations."""

    asset_types: ClassVar[list[type[DataAsset]]] = [DataFrameAsset]  # type: ignore[type-arg]

    type: Literal["polars"] = "polars"
    assets: list[DataFrameAsset] = []

    @property
    def execution_engine_type(self) -> Any:
        """The engine that runs on Polars."""
        return PolarsExecutionEngine

    def test_connection(self, test_assets: bool = True) -> None:
        """A frame needs no connection."""

    def add_dataframe_asset(self, name: str, batch_metadata: dict[str, Any] | None = None) -> DataFrameAsset:
        """Add an asset whose batches are Polars frames.

        Args:
            name: any text.
            batch_metadata: what each batch made from the asset carries.
        """
        asset = DataFrameAsset(name=name, batch_metadata=batch_metadata or {})
        self._add_asset(asset)
        return asset
