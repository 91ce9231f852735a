import assert from 'node:assert/strict'
import { test } from 'node:test'
import { warehouseCodeOf } from '../errors.ts'
import { reportedError } from './trinoError.ts'

const refused = (type: string, message: string) => ({
  message: "Failed checking new table's location: s3://lake/tables/x",
  errorName: 'ICEBERG_FILESYSTEM_ERROR',
  failureInfo: {
    type: 'io.trino.spi.TrinoException',
    message: "Failed checking new table's location: s3://lake/tables/x",
    cause: {
      type: 'io.trino.filesystem.TrinoFileSystemException',
      message: 'Failed to list',
      cause: { type, message },
    },
  },
})
const s3 = (message: string, status: number) =>
  refused(
    'software.amazon.awssdk.services.s3.model.S3Exception',
    `${message} (Service: S3, Status Code: ${status}, Request ID: 4442587FB7D0A2F9) (SDK Attempt Count: 1)`,
  )

test('what a bucket does to the cluster is told by its code, and why by what lay at the bottom of it', () => {
  for (const [error, code] of [
    [s3('Forbidden', 403), 'warehouse_denied'],
    [s3('SlowDown', 503), 'warehouse_away'],
    [s3('Storage backend has reached its minimum free drive threshold.', 507), 'warehouse_full'],
    [s3('Bucket quota exceeded', 400), 'warehouse_full'],
    [refused('java.net.ConnectException', 'Connection refused'), 'warehouse_away'],
    [
      refused('software.amazon.awssdk.core.exception.SdkClientException', 'Unable to execute HTTP request'),
      'warehouse_away',
    ],
    // A defect, or a storage that does not know the language.
    [s3('A header you provided implies functionality that is not implemented.', 501), undefined],
    [s3('The specified key does not exist.', 404), undefined],
  ] as const) {
    const told = reportedError(error)
    assert.equal(warehouseCodeOf(told), code, told.message)
    assert.equal(told.message, `${error.message}: ${error.failureInfo.cause.cause.message}`)
  }
  assert.equal(
    reportedError({ message: 'line 1:8: no', failureInfo: { message: 'line 1:8: no' } }).message,
    'line 1:8: no',
  )
  assert.equal(reportedError({ errorName: 'EXCEEDED_TIME_LIMIT' }).message, 'EXCEEDED_TIME_LIMIT')
})

test('a catalog that stumbles over the loss of its database is away', () => {
  // As Trino 476 said it when PostgreSQL was killed under its questions.
  const message = 'Cannot cast org.postgresql.util.PSQLException to java.sql.SQLTransientException'
  const error = {
    message,
    errorName: 'GENERIC_INTERNAL_ERROR',
    failureInfo: { type: 'java.lang.ClassCastException', message },
  }
  assert.equal(warehouseCodeOf(reportedError(error)), 'warehouse_away')
})
