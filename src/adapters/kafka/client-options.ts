import { isIP } from 'node:net';
import type { ConnectionOptions } from '@platformatic/kafka';
import type { KafkaConfig } from 'kafkajs';
import type { KafkaConnection, TlsIdentity } from '../../domain/connections.js';

/** kafkajs's options of brokers, TLS and SASL. */
export function kafkajsOptions({
  brokers,
  security,
}: KafkaConnection): Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'> {
  const { tls, sasl } = security ?? {};
  return {
    brokers: [...brokers],
    ...(tls === undefined ? {} : { ssl: { ...tls } }),
    ...(sasl === undefined ? {} : { sasl: kafkajsLogin(sasl) }),
  };
}

type Login = NonNullable<NonNullable<KafkaConnection['security']>['sasl']>;

function kafkajsLogin({ mechanism, user, password }: Login): NonNullable<KafkaConfig['sasl']> {
  const login = { username: user, password };
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', ...login };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', ...login };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', ...login };
  }
}

type ClientSecurity = Pick<ConnectionOptions, 'tls' | 'tlsServerName' | 'sasl'>;

/**
 * The options of TLS and SASL of @platformatic/kafka. The server's name is sent to it (SNI) only where it is a name:
 * RFC 6066 knows no addresses there, and Node warns of them.
 */
export function clientSecurity({ brokers, security }: KafkaConnection): ClientSecurity {
  const { tls, sasl } = security ?? {};
  return {
    ...(tls === undefined ? {} : { tls: tlsOptions(tls), tlsServerName: brokers.every(isNamed) }),
    ...(sasl === undefined
      ? {}
      : { sasl: { mechanism: sasl.mechanism, username: sasl.user, password: sasl.password } }),
  };
}

function tlsOptions({ ca, cert, key }: TlsIdentity): NonNullable<ConnectionOptions['tls']> {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function isNamed(broker: string): boolean {
  return isIP(hostOf(broker).host) === 0;
}

/** Host and port of `host:port`; an IPv6 address stands in brackets. */
export function hostOf(broker: string): { host: string; port: number } {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(broker.slice(colon + 1)) };
}
