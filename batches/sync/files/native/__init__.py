"""Formats of single detectors, recognised by what a file holds."""

from batches.errors import BadRecord
from batches.sync.files.base import JSONObject, Source
from batches.sync.files.jsonrecords import JSONRecords
from batches.sync.files.native.azure import AzureVideoIndexer
from batches.sync.files.native.base import Head, NativeFormat
from batches.sync.files.native.captions import Captions
from batches.sync.files.native.coco import CocoDataset, CocoResults
from batches.sync.files.native.cvat import CVAT
from batches.sync.files.native.encord import Encord
from batches.sync.files.native.fiftyone import FiftyOne
from batches.sync.files.native.frigate import Frigate
from batches.sync.files.native.google import GoogleVideoIntelligence
from batches.sync.files.native.labelstudio import LabelStudio
from batches.sync.files.native.megadetector import MegaDetector
from batches.sync.files.native.rekognition import Rekognition
from batches.sync.files.native.scale import Scale
from batches.sync.files.native.vott import VoTT
from batches.sync.files.native.yolo import YoloJSON, YoloText
from batches.sync.files.own_download import OwnDownload
from batches.sync.files.text import first_bytes

JSON_FORMATS: tuple[type[NativeFormat], ...] = (
    Frigate, MegaDetector, CocoDataset, CocoResults, YoloJSON, LabelStudio, Rekognition, GoogleVideoIntelligence,
    FiftyOne,
    AzureVideoIndexer, Encord, Scale, VoTT,
)  # fmt: skip
TEXT_FORMATS: tuple[type[NativeFormat], ...] = (CVAT, Captions, YoloText)
NATIVE = (*JSON_FORMATS, *TEXT_FORMATS)


def recognise_native(source: Source) -> type[NativeFormat] | None:
    """The detector's own format of a file in UTF-8; None if it is none that is known."""
    start = first_bytes(source)
    is_json = start.lstrip()[:1] in (b"{", b"[")
    head = Head(start.decode("utf-8", "replace"), _document(source) if is_json else {})
    if OwnDownload.recognises(head):
        return OwnDownload
    formats = JSON_FORMATS if is_json else TEXT_FORMATS
    return next((native for native in formats if native.recognises(head)), None)


def _document(source: Source) -> JSONObject:
    try:
        return next(iter(JSONRecords(source).heads()), {})
    except BadRecord:
        return {}
