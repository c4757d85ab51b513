#!/usr/bin/env python3
"""A load test as written for the guide's service: it knows three variables and one HTTP call.

It has never heard of this project's files or classes, and must work unchanged.

    TRACKING_SERVICE_URL=http://localhost:8082/api/track \\
    LOCAL_TRACKER_API_KEY=local_dev_key LOCAL_TRACKER_USER_ID=local_dev_user \\
        python3 guide_program.py [SESSION [TARGET]]
"""
import datetime
import json
import os
import sys
import time
import urllib.request

URL = os.environ["TRACKING_SERVICE_URL"]
API_KEY = os.environ.get("LOCAL_TRACKER_API_KEY") or os.environ.get("API_KEY")
USER = os.environ.get("LOCAL_TRACKER_USER_ID") or os.environ.get("INFLUENCER_USER") or "anonymous"


def send_metrics(challenge_type, metric_name, metrics_data, session_id, retries=3,
                 backoff_factor=0.5):
    payload = json.dumps({
        "schema_version": "1.0",
        "userId": USER,
        "challengeType": challenge_type,
        "metricName": metric_name,
        "value": metrics_data["avg_latency_ms"],
        "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "labels": {"method": "GET"},
        "runDetails": dict(metrics_data, session_id=session_id),
    }).encode()
    for attempt in range(retries):
        try:
            request = urllib.request.Request(
                URL, payload, {"Content-Type": "application/json", "x-api-key": API_KEY or ""})
            with urllib.request.urlopen(request, timeout=10) as reply:
                return json.load(reply)["status"] == "ok"
        except OSError as error:
            print("attempt %d failed: %s" % (attempt + 1, error), file=sys.stderr)
            if attempt + 1 < retries:
                time.sleep(backoff_factor * 2 ** attempt)
    return False


def main():
    session = sys.argv[1] if len(sys.argv) > 1 else time.strftime("guide-%Y%m%d-%H%M%S")
    target = sys.argv[2] if len(sys.argv) > 2 else "http://localhost:3000/"
    sent = send_metrics("load_test", "avg_latency_ms", {
        "commit_hash": "0123abc",
        "target_url": target,
        "request_count": 500,
        "method": "GET",
        "payload_urls": [target],
        "total_requests": 500,
        "successful_requests": 495,
        "failed_requests": 5,
        "avg_latency_ms": 12.75,
        "error_rate": 1.0,
        "rps": 247.5,
        "duration_s": 2.0,
        "test_type": "baseline",
    }, session)
    print("sent" if sent else "not sent")
    return 0 if sent else 1


if __name__ == "__main__":
    sys.exit(main())
