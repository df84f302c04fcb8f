import { connect as connectPlain, createServer } from 'node:net';
import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { unreachableFinding } from '../../src/domain/attach/unreachable-findings.js';
import { resolveConfig } from '../../src/domain/config.js';
import { connectFailure, type ConnectFailureKind } from '../../src/domain/connect-failure.js';

/** As Node makes them. */
function coded(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

describe('why a service cannot be reached', () => {
  test.each<[unknown, ConnectFailureKind, string]>([
    [coded('ENOTFOUND', 'getaddrinfo ENOTFOUND k'), 'unknown-host', 'getaddrinfo ENOTFOUND k'],
    [
      coded('PLT_KFK_NETWORK', 'Connection failed', coded('ECONNREFUSED', 'connect ECONNREFUSED 1.2.3.4:9')),
      'refused',
      'connect ECONNREFUSED 1.2.3.4:9',
    ],
    [
      coded('PLT_KFK_NETWORK', 'x', coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify')),
      'untrusted',
      'unable to verify',
    ],
    [
      new AggregateError([coded('ERR_TLS_CERT_ALTNAME_INVALID', 'not in the names')]),
      'wrong-name',
      'not in the names',
    ],
    [
      coded(
        'PLT_KFK_USER',
        'TLS handshake failed.',
        coded('ECONNRESET', 'disconnected before secure TLS connection was established'),
      ),
      'no-tls-there',
      'disconnected before secure TLS connection was established',
    ],
    [Object.assign(new Error('denied'), { apiId: 'SASL_AUTHENTICATION_FAILED' }), 'login-refused', 'denied'],
    [Object.assign(new Error('no'), { type: 'UNSUPPORTED_SASL_MECHANISM' }), 'no-such-mechanism', 'no'],
    [
      new Error('SASL SCRAM SHA512 authentication failed: bad'),
      'login-refused',
      'SASL SCRAM SHA512 authentication failed: bad',
    ],
    [coded('TOPIC_AUTHORIZATION_FAILED', 'Not authorized'), 'forbidden', 'Not authorized'],
    [new Error('timed out'), 'timeout', 'timed out'],
    [new Error('something new'), 'other', 'something new'],
    ['a string', 'other', 'a string'],
  ])('%# is told from the error', (error, kind, reason) => {
    expect(connectFailure(error)).toEqual({ kind, reason });
  });

  test('a listener without TLS and a port where nobody is are told from real errors', async () => {
    const server = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const errorOf = (start: () => { once: (event: 'error', then: (error: Error) => void) => unknown }) =>
      new Promise<Error>((resolve) => start().once('error', resolve));
    const spoken = await errorOf(() => connect(port, '127.0.0.1'));
    await new Promise((resolve) => server.close(resolve));
    expect(connectFailure(spoken).kind).toBe('no-tls-there');
    const refused = await errorOf(() => connectPlain(port, '127.0.0.1'));
    expect(connectFailure(refused).kind).toBe('refused');
  });

  test('every kind has a sentence, a setting and something to do, for every system', () => {
    const config = resolveConfig({
      environment: {
        kafkaBrokers: 'k:9093',
        flinkUrl: 'http://f',
        sqlGatewayUrl: 'http://g',
        clickhouseUrl: 'http://c',
      },
      flags: {},
    });
    const kinds: ConnectFailureKind[] = [
      'unknown-host',
      'refused',
      'timeout',
      'unreachable',
      'untrusted',
      'wrong-name',
      'expired',
      'client-certificate',
      'no-tls-there',
      'closed',
      'login-refused',
      'no-such-mechanism',
      'forbidden',
      'other',
    ];
    for (const system of ['kafka', 'flink', 'sql-gateway', 'clickhouse'] as const) {
      for (const kind of kinds) {
        const { what, setting, todo } = unreachableFinding(system, config, { kind, reason: 'because' });
        expect([what, setting, todo].join(' ')).not.toMatch(/undefined|\.\./);
        expect(todo).toMatch(/\.$/);
      }
    }
  });
});
