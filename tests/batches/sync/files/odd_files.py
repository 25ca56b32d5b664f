"""A nested or odd file of each detector's format, written after its documentation, and what it must become."""

from tests.batches.sync.files.native_files import Case, _json

CASES = [
    Case("frigate", "e.json", _json([
        {"id": "1.5-a", "camera": "yard", "label": "dog", "sub_label": ["Rex", 0.9], "start_time": 1.5,
         "end_time": 3.5, "has_clip": False, "zones": [], "top_score": None, "data": {"score": 0.5}}]),
         [("yard/1.5-a", 0, 2, "dog")], [0.5]),
    Case("megadetector", "md.json", _json({
        "info": {"format_version": "1.3"}, "detection_categories": {"1": "animal"}, "images": [
            {"file": "a.jpg", "max_detection_conf": 0.9, "detections": [{"category": "9", "conf": 0.9}]},
            {"file": "b.jpg", "detections": None}]}),
         [("a.jpg", None, None, "category 9")], [0.9]),
    Case("coco-dataset", "c.json", _json({
        "images": [{"id": "x1", "file_name": "a/1.jpg"}], "categories": [],
        "annotations": [{"id": 1, "image_id": "x1", "category_id": 7, "segmentation": {"counts": "abc"}}]}),
         [("a/1.jpg", None, None, "category 7")], [None]),
    Case("coco-results", "r.json", _json([
        {"image_id": "cam1_000042", "category_id": 0, "segmentation": {"size": [9, 9], "counts": "a"}, "score": 1}]),
         [("image cam1_000042", None, None, "category 0")], [1]),
    Case("yolo-json", "cam1.json", _json([
        {"name": "ship", "class": 1, "confidence": 0.5, "track_id": 4, "box": {f"{a}{n}": n for a in "xy" for n in
         (1, 2, 3, 4)}, "segments": {"x": [1, 2], "y": [1, 2]}}]),
         [("cam1", None, None, "ship")], [0.5]),
    Case("yolo-text", "cam1_61.txt", "3 0.1 0.1 0.9 0.1 0.9 0.9\n1 0.5 0.5 0.2 0.2\n2 0.5 0.5 0.2 0.2 0.75 17\n",
         [("cam1", 2, None, "class 3"), ("cam1", 2, None, "class 1"), ("cam1", 2, None, "class 2")],
         [None, None, 0.75], {"unit_start": "frames:30"}),
    Case("label-studio", "ls.json", _json([{
        "id": 2, "data": {"video_url": "/data/upload/cam2.mp4"}, "predictions": [],
        "annotations": [{"id": 5, "result": [{"id": "r", "type": "choices", "value": {"choices": ["day", "dry"]}}]}]}]),
         [("/data/upload/cam2.mp4", None, None, "day, dry")], [None]),
    Case("rekognition", "m.json", _json({
        "JobStatus": "SUCCEEDED", "VideoMetadata": {"DurationMillis": 9000}, "Video": {"S3Object": {"Name": "c.mp4"}},
        "ModerationLabels": [{"Timestamp": 2500, "ModerationLabel": {"Name": "Weapons", "ParentName": "Violence",
                                                                     "Confidence": 81}}]}),
         [("c.mp4", 2.5, None, "Weapons")], [0.81]),
    Case("google-video-intelligence", "g.json", _json({"response": {"annotation_results": [{
        "input_uri": "/b/c.mp4", "shot_label_annotations": [{"entity": {"description": "rain"}, "segments": [
            {"segment": {"start_time_offset": {"nanos": 500000000}, "end_time_offset": {"seconds": 2}},
             "confidence": 0.5}]}]}]}}),
         [("/b/c.mp4", 0.5, 2, "rain")], [0.5]),
    Case("azure-video-indexer", "a.json", _json({"name": "cam2", "videos": [{"id": "v", "insights": {
        "ocr": [{"id": 1, "text": "STOP", "confidence": 0.5, "instances": [{"start": "0:01:02.5", "end": "0:01:04"}]}],
        "brands": [], "labels": None}}]}),
         [("cam2", 62.5, 64, "STOP")], [0.5]),
    Case("azure-video-indexer", "b.json", _json({"name": "cam3", "videos": [{"id": "v", "insights": {
        "observedPeople": [{"id": 1, "instances": [{"start": "0:00:05.5055", "end": "0:00:09.97"}]}],
        "clapperboards": [{"id": 1, "isHeadSlate": True, "fields": [{"title": "scene", "content": "4"}],
                           "instances": [{"start": "0:00:07.9", "end": "0:00:09.6"}]}]}}]}),
         [("cam3", 5.5055, 9.97, "Observed people"), ("cam3", 7.9, 9.6, "Clapperboard")], [None, None]),
    Case("fiftyone", "samples.json", _json({"samples": [{
        "filepath": "/d/a.jpg", "metadata": {"_cls": "ImageMetadata"},
        "ground_truth": {"_cls": "Detections", "detections": [
            {"_cls": "Detection", "label": "cat", "bounding_box": [0, 0, 1, 1]}]}}]}),
         [("/d/a.jpg", None, None, "cat")], [None]),
    Case("encord", "l.json", _json([{"label_hash": "l", "data_hash": "d", "data_title": "a.jpg", "data_type": "image",
        "data_units": {"d": {"data_title": "a.jpg", "data_type": "image/jpeg", "labels": {
            "objects": [{"name": "Car", "value": "car", "objectHash": "o"}], "classifications": []}}}}]),
         [("a.jpg", None, None, "Car")], [None]),
    Case("encord", "c.json", _json([{"label_hash": "l", "data_hash": "d", "data_title": "a.mp4", "data_type": "video",
        "classification_answers": {
            "t": {"classifications": [{"name": "Note", "answers": "Rousseau"}]},
            "w": {"classifications": [{"name": "Weather", "answers": [{"name": "rain"}, {"name": "fog"}]}]}},
        "data_units": {"d": {"data_title": "a.mp4", "data_type": "video/mp4", "data_fps": 25, "labels": {
            "50": {"objects": [], "classifications": [{"name": "Note", "classificationHash": "t"},
                {"name": "Weather", "classificationHash": "w"}, {"name": "Day", "classificationHash": "x"}]}}}}}]),
         [("a.mp4", 2, None, "Note: Rousseau"), ("a.mp4", 2, None, "Weather: rain, fog"), ("a.mp4", 2, None, "Day")],
         [None] * 3),
    Case("scale", "s.json", _json([{"task_id": "t", "type": "videoplaybackannotation", "status": "completed",
        "params": {"attachment": "https://x.example/a.mp4"}, "response": {"events": [
            {"label": "late", "start": 500.5, "end": 1000, "attributes": {"sure": ["yes"]}}]}}]),
         [("https://x.example/a.mp4", 0.5005, 1, "late")], [None]),
    Case("vott", "v.json", _json({"name": "p", "version": "2.1.0", "tags": [], "assets": {"a": {
        "asset": {"id": "a", "name": "b.jpg", "path": "file:/b.jpg", "type": 1},
        "regions": [{"id": "r", "type": "POLYGON", "tags": ["cat", "black"], "points": []}]}}}),
         [("b.jpg", None, None, "cat, black")], [None]),
    Case("cvat", "a.xml", '<annotations><version>1.1</version><image id="0" name="a/1.jpg" width="9" height="9">'
         '<polygon label="car" points="0,0;1,1"/><tag label="night"/></image></annotations>',
         [("a/1.jpg", None, None, "car"), ("a/1.jpg", None, None, "night")], [None, None]),
    Case("captions", "b.srt", "00:00:01,500 --> 00:00:02,000\n<i>Two</i>\nlines\n\n",
         [("b", 1.5, 2, "Two lines")], [None]),
    Case("captions", "e.vtt", "WEBVTT\n\n1:00:16.000 --> 1:00:18.500\n<v.loud Neil>from the <i>American</i> "
         "Museum &amp; of\n&lt;Natural&gt; History\n",
         [("e", 3616, 3618.5, "from the American Museum & of <Natural> History")], [None]),
    Case("captions", "e.srt", "1\n00:00:01,500 --> 00:00:02,000\nR&amp;D\n", [("e", 1.5, 2, "R&amp;D")], [None]),
]  # fmt: skip
