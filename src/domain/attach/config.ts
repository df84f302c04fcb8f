import { z } from 'zod';
import { durationMs } from '../duration.js';

const saslSettings = ['none', 'plain', 'scram-sha-256', 'scram-sha-512'] as const;

const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0'])])
  .transform((v) => v === true || v === 'true' || v === '1');

const broker = z
  .string()
  .regex(
    /^(?:\[[0-9a-fA-F:]+\]|[^\s:,/'"\\]+):\d{1,5}$/,
    'a broker is written host:port, such as kafka-1:9093',
  );
const brokerList = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(','))])
  .transform((brokers) => brokers.map((text) => text.trim()).filter((text) => text !== ''))
  .pipe(z.array(broker).min(1, 'at least one host:port'));

/** An address without a slash at its end, and without credentials: those are secrets. */
const address = z
  .url({ protocol: /^https?$/, error: 'not an address, such as https://host:8443' })
  .refine((text) => !/\/\/[^/]*@/.test(text), 'an address here has no user and password in it')
  .transform((text) => text.replace(/\/+$/, ''));

/** Names that go into SQL as they are. */
const identifier = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name here has letters, digits and underscores only');
const pemFile = z.string().min(1);
const fileSystemUri = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*:\/[^\s']*$/i, 'not a URI that Flink can write to, such as s3://bucket/streamlab')
  .transform((text) => text.replace(/\/+$/, ''));

/**
 * The settings of the runtime `attach`, part of the configuration's schema. Names follow librdkafka and rpk where those
 * agree (brokers, ca, cert, key, user). Passwords and tokens are no settings: see secretNames.
 */
export const attachConfigShape = {
  kafkaBrokers: brokerList.optional(),
  kafkaBrokersInside: brokerList.optional(),
  kafkaSasl: z.enum(saslSettings).default('none'),
  kafkaUser: z.string().min(1).optional(),
  kafkaTls: flag.optional(),
  kafkaCa: pemFile.optional(),
  kafkaCert: pemFile.optional(),
  kafkaKey: pemFile.optional(),
  replicationFactor: z.coerce.number().int('not a whole number').min(1).max(100).optional(),
  transactionTimeout: durationMs.refine((ms) => ms >= 60_000, 'at least 1m').optional(),

  flinkUrl: address.optional(),
  sqlGatewayUrl: address.optional(),
  flinkUser: z.string().min(1).optional(),
  flinkCa: pemFile.optional(),
  flinkCert: pemFile.optional(),
  flinkKey: pemFile.optional(),
  flinkStateDir: fileSystemUri.optional(),

  clickhouseUrl: address.optional(),
  clickhouseUser: z.string().min(1).default('default'),
  clickhouseDatabase: identifier.default('streamlab'),
  clickhouseCa: pemFile.optional(),
  clickhouseCert: pemFile.optional(),
  clickhouseKey: pemFile.optional(),
  clickhouseKafkaCollection: identifier.optional(),
};
