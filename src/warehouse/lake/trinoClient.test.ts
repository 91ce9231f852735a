import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer as createPlain } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { WarehouseRefusal } from '../refusal.ts'
import { TrinoClient, trinoAddress } from './trinoClient.ts'
import { TrinoError } from './trinoError.ts'

test('the address says catalog, schema, user and TLS, and what is wrong with it', () => {
  assert.deepEqual(trinoAddress('trino://li@trino.bank/lake/zhiyin'), {
    base: 'http://trino.bank:8080',
    catalog: 'lake',
    schema: 'zhiyin',
    user: 'li',
  })
  assert.deepEqual(trinoAddress('trino://li:p%40ss@trino.bank/lake/zhiyin?tls=true'), {
    base: 'https://trino.bank:443',
    catalog: 'lake',
    schema: 'zhiyin',
    user: 'li',
    password: 'p@ss',
  })
  for (const url of [
    'trino',
    'http://trino.bank/lake/zhiyin',
    'trino://trino.bank/lake',
    'trino://trino.bank/lake/zhiyin/more',
    'trino://trino.bank/Lake/zhiyin',
    'trino://trino.bank/lake/x"; drop',
    // In clear it would be read on the way.
    'trino://li:secret@trino.bank/lake/zhiyin',
    // Trino would read other letters, and say that the password is wrong.
    'trino://li:secret%E5%AF%86%E7%A0%81@trino.bank/lake/zhiyin?tls=true',
    'trino://%E6%9D%8E@trino.bank/lake/zhiyin',
    'trino://li%3Ali:secret@trino.bank/lake/zhiyin?tls=true',
    'trino://li:secret%@trino.bank/lake/zhiyin?tls=true',
  ])
    assert.throws(
      () => trinoAddress(url),
      (error: unknown) =>
        error instanceof WarehouseRefusal &&
        error.code === 'warehouse_address_wrong' &&
        !JSON.stringify(error.detail).includes('secret'),
    )
})

/** Answers as a coordinator does: a first page with the address of the next, as it believes itself to be called. */
function coordinator(asked: IncomingMessage[]): RequestListener {
  return (request, response) => {
    asked.push(request)
    const page =
      request.method === 'POST'
        ? { id: 'q1', nextUri: 'http://elsewhere.example/v1/statement/executing/q1/1' }
        : { id: 'q1', columns: [{ name: 'n', type: 'bigint' }], data: [[7]] }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(page))
  }
}

async function listening<T>(server: Server | ReturnType<typeof createTls>, use: (port: number) => Promise<T>) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use((server.address() as AddressInfo).port)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('credentials go to the address that was given, whatever the cluster calls itself', async () => {
  const asked: IncomingMessage[] = []
  await listening(createPlain(coordinator(asked)), async (port) => {
    const client = new TrinoClient(trinoAddress(`trino://li@127.0.0.1:${port}/lake/zhiyin`))
    assert.deepEqual((await client.run('select 7')).rows, [[7]])
  })
  assert.deepEqual(
    asked.map(({ url, headers }) => [
      url,
      headers['x-trino-user'],
      headers['x-trino-time-zone'],
      headers.authorization,
    ]),
    [
      ['/v1/statement', 'li', 'UTC', undefined],
      ['/v1/statement/executing/q1/1', 'li', 'UTC', undefined],
    ],
  )
})

const hasOpenssl = () => {
  try {
    execFileSync('openssl', ['version'])
    return true
  } catch {
    return false
  }
}

test('over TLS a password is sent, to a server whose certificate is known only', {
  skip: hasOpenssl() ? false : 'without openssl',
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-tls-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const known = getCACertificates('default')
  try {
    const made = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`
    execFileSync('openssl', [...made.split(' '), '-keyout', key, '-out', certificate], { stdio: 'ignore' })
    const cert = await readFile(certificate, 'utf8')
    const asked: IncomingMessage[] = []
    await listening(createTls({ key: await readFile(key), cert }, coordinator(asked)), async (port) => {
      const client = new TrinoClient(trinoAddress(`trino://li:p%C3%A4%25ss@127.0.0.1:${port}/lake/zhiyin?tls=true`))
      for (const ask of [() => client.run('select 7'), () => client.info()])
        await assert.rejects(
          ask,
          (error) => error instanceof TrinoError && error.reason === 'away' && /self-signed/.test(error.message),
        )
      assert.equal(asked.length, 0)
      setDefaultCACertificates([...known, cert])
      assert.deepEqual((await client.run('select 7')).rows, [[7]])
    })
    // As Trino reads it.
    const basic = `Basic ${Buffer.from('li:pä%ss', 'latin1').toString('base64')}`
    assert.deepEqual(
      asked.map(({ headers }) => headers.authorization),
      [basic, basic],
    )
  } finally {
    setDefaultCACertificates(known)
    await rm(folder, { recursive: true, force: true })
  }
})
