"""The requests that an import of a report would come to, without limits on their size and without sending anything."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePath

from scanner.assessments import Upload, assessment_name
from scanner.batching.bodies import asset_json, assets_json, request_body
from scanner.collecting import Collector, regroup
from scanner.model import AssetType
from scanner.options import ImportOptions
from scanner.translation import translate_file


class Preview:
    """A translated report, held in memory as a whole. Raises `ScannerError` as `translate_file` does."""

    def __init__(self, path: Path, options: ImportOptions, *, name: str = "") -> None:
        collector = Collector(options)
        self.format = translate_file(
            path, collector, name=name, scanner_type=options.scanner_type, mapping=options.mapping
        ).slug
        self.counts = collector.counts
        self.skipped = collector.skipped
        self._options = options
        self._assessment_name = self.format
        if options.assessment_name:
            filename, place = PurePath(name or path.name).name, options.path or path.as_posix()
            upload = Upload("", self.format, filename, place, self.counts.asset, datetime.now(UTC))
            self._assessment_name = assessment_name(options.assessment_name, upload)
        self._groups = regroup(collector.blocks(), options).assets

    def bodies(self) -> Iterator[bytes]:
        """One request body per asset type, in the order of the types: a request carries assets of one type only."""
        for asset_type in AssetType:
            assets = [asset_json(group.head, group.findings) for group in self._groups if group.type is asset_type]
            if assets:
                name = self._assessment_name
                yield request_body(self._options.import_type, name, asset_type, assets_json(assets))
