scoutsuite_results =
{
 "account_id": "111122223333",
 "provider_code": "aws",
 "provider_name": "Amazon Web Services",
 "last_run": {
  "ruleset_name": "default"
 },
 "service_list": [
  "s3"
 ],
 "services": {
  "s3": {
   "buckets": {
    "b1": {
     "name": "demo-1",
     "arn": "arn:aws:s3:::demo-1"
    },
    "b2": {
     "name": "demo-2",
     "arn": "arn:aws:s3:::demo-2"
    }
   },
   "regions": {
    "eu-west-1": {
     "x": {
      "name": "q"
     }
    }
   },
   "findings": {
    "s3-no-logging": {
     "description": "Bucket is not logged",
     "level": "warning",
     "items": [
      "s3.buckets.b1.logging",
      "s3.buckets.b2.logging"
     ],
     "flagged_items": 2,
     "checked_items": 2,
     "dashboard_name": "Buckets",
     "path": "s3.buckets.id",
     "rationale": "<b>Logs</b> help.",
     "remediation": "Turn it on.",
     "references": [
      "https://example.com/s"
     ],
     "compliance": [
      {
       "name": "CIS",
       "version": "1.2",
       "reference": "2.1"
      }
     ],
     "service": "S3"
    },
    "s3-open": {
     "description": "Bucket is open",
     "level": "danger",
     "items": [
      "s3.regions.eu-west-1.x.acl"
     ],
     "flagged_items": 1,
     "checked_items": 2,
     "dashboard_name": "Buckets",
     "path": "s3.buckets.id",
     "rationale": "<b>Logs</b> help.",
     "remediation": "Turn it on.",
     "references": [
      "https://example.com/s"
     ],
     "compliance": [
      {
       "name": "CIS",
       "version": "1.2",
       "reference": "2.1"
      }
     ],
     "service": "S3"
    },
    "s3-fine": {
     "description": "Bucket is fine",
     "level": "danger",
     "items": [],
     "flagged_items": 0,
     "checked_items": 2,
     "dashboard_name": "Buckets",
     "path": "s3.buckets.id",
     "rationale": "<b>Logs</b> help.",
     "remediation": "Turn it on.",
     "references": [
      "https://example.com/s"
     ],
     "compliance": [
      {
       "name": "CIS",
       "version": "1.2",
       "reference": "2.1"
      }
     ],
     "service": "S3"
    }
   }
  }
 }
}
