/**
 * Sends the reports of scanners to a Phoenix Scanner Service.
 *
 *   phoenixScan(reports: ['trivy.json', 'reports/'], url: 'https://scan.example.com', credentialsId: 'phoenix-scanner')
 *
 * credentialsId names a "Secret text" with a key of scope submit. Options: scannerType, assessmentName (the job's name and {path}: one for each
 * report, which would close each other's findings under one name), importType, wait (true),
 * timeout (900 seconds), tolerateUnavailable (false: else a service that is away makes the build unstable), package (what pip installs
 * where phoenix-scan is not on PATH; no default, for it sees the key: a wheel's address, git+https://…@COMMIT, or a name of your own index).
 */
def call(Map options) {
    def variables = [
        "PHOENIX_SCANNER_REPORTS=${[options.reports].flatten().join('\n')}",
        "PHOENIX_SCANNER_API_URL=${options.url}",
        "PHOENIX_SCANNER_SCANNER_TYPE=${options.scannerType ?: ''}",
        "PHOENIX_SCANNER_ASSESSMENT_NAME=${options.assessmentName ?: env.JOB_NAME + '/{path}'}",
        "PHOENIX_SCANNER_IMPORT_TYPE=${options.importType ?: ''}",
        "PHOENIX_SCANNER_WAIT=${options.get('wait', true)}",
        "PHOENIX_SCANNER_TIMEOUT=${options.timeout ?: 900}",
        "PHOENIX_SCANNER_PACKAGE=${options.get('package') ?: ''}",
    ]
    withEnv(variables) {
        withCredentials([string(credentialsId: options.credentialsId, variable: 'PHOENIX_SCANNER_API_KEY')]) {
            def code = sh(returnStatus: true, label: 'phoenix-scan submit', script: '''
                if ! command -v phoenix-scan > /dev/null; then
                  if [ -z "$PHOENIX_SCANNER_PACKAGE" ]; then
                    echo "phoenix-scan is not on PATH; put it there, or say with package what to install (integrations/README.md says why)" >&2
                    exit 2
                  fi
                  python3 -m pip install --quiet "$PHOENIX_SCANNER_PACKAGE"
                fi
                printf '%s\\n' "$PHOENIX_SCANNER_REPORTS" | phoenix-scan submit --files-from -
            ''')
            if (options.tolerateUnavailable && code in [3, 124]) {
                unstable("the scan service is away, busy or slow (exit code ${code})")
            } else if (code != 0) {
                error("phoenix-scan submit ended with exit code ${code}")
            }
        }
    }
}
