import { StreamlabError } from '../../errors.js';
import { variableOf, type Config, type ConfigKey } from '../config.js';
import type {
  ClickHouseConnection,
  FlinkConnection,
  HttpAccess,
  KafkaConnection,
  KafkaSecurity,
  LabConnections,
  saslMechanisms,
  TlsIdentity,
} from '../connections.js';
import type { SecretName, Secrets } from './secrets.js';

/** The certificates of the three systems, as PEM text. */
export interface AttachFiles {
  kafka: TlsIdentity;
  flink: TlsIdentity;
  clickhouse: TlsIdentity;
}

/**
 * How to reach the systems that the configuration names.
 * @throws StreamlabError INVALID_CONFIG naming every setting and secret that is missing, or one that contradicts another
 */
export function attachConnections(config: Config, secrets: Secrets, files: AttachFiles): LabConnections {
  const lacking = missingSettings(config, secrets);
  if (lacking.length > 0) throw missing(lacking);
  const security = kafkaSecurity(config, secrets, files.kafka);
  const kafka = (brokers: readonly string[]): KafkaConnection => ({
    brokers,
    ...(security === undefined ? {} : { security }),
  });
  const brokers = config.kafkaBrokers ?? [];
  return {
    kafka: kafka(brokers),
    kafkaInside: kafka(config.kafkaBrokersInside ?? brokers),
    flink: flinkConnection(config, secrets, files.flink),
    clickhouse: clickhouseConnection(config, secrets, files.clickhouse),
    pages: {},
  };
}

interface Lack {
  /** As a key of the configuration file; null for a secret, which is none. */
  key: ConfigKey | null;
  variable: string;
  meaning: string;
}

/** Everything that must be given and is not. */
export function missingSettings(config: Config, secrets: Secrets): Lack[] {
  const lacking: Lack[] = [];
  const need = (key: ConfigKey, meaning: string): void => {
    if (config[key] === undefined) lacking.push({ key, variable: variableOf(key), meaning });
  };
  const needSecret = (name: SecretName, meaning: string): void => {
    if (secrets[name] === undefined) lacking.push({ key: null, variable: `STREAMLAB_${name}`, meaning });
  };
  need('kafkaBrokers', 'brokers, host:port,host:port');
  if (config.kafkaSasl !== 'none') {
    need('kafkaUser', `user for ${config.kafkaSasl}`);
    needSecret('KAFKA_PASSWORD', `password for ${config.kafkaSasl}`);
  }
  for (const system of ['kafka', 'flink', 'clickhouse'] as const) {
    const [cert, key] = [`${system}Cert`, `${system}Key`] as const;
    if (config[cert] !== undefined) need(key, `key of the client certificate in ${cert}`);
    if (config[key] !== undefined) need(cert, `client certificate of the key in ${key}`);
  }
  need('flinkUrl', "address of the JobManager's REST interface");
  need('sqlGatewayUrl', "address of the SQL Gateway's REST interface");
  if (config.flinkUser !== undefined) needSecret('FLINK_PASSWORD', 'password of flinkUser');
  need('clickhouseUrl', 'address of the HTTP interface of ClickHouse');
  return lacking;
}

function missing(lacking: readonly Lack[]): StreamlabError {
  const lines = lacking.map(({ key, variable, meaning }) =>
    key === null
      ? `${variable} or ${variable}_FILE (a secret: never in streamlab.yaml): ${meaning}`
      : `${key}, or ${variable}: ${meaning}`,
  );
  const names = lacking.map(({ key, variable }) => key ?? variable).join(', ');
  return new StreamlabError(
    'INVALID_CONFIG',
    `The attach runtime needs settings that are not given: ${names}.`,
    {
      evidence: lines,
      suggestions: [
        'Write settings into streamlab.yaml or set their variables; docs/attach.md has an example to copy.',
        'Without services of your own, use --runtime local.',
      ],
    },
  );
}

function kafkaSecurity(config: Config, secrets: Secrets, files: TlsIdentity): KafkaSecurity | undefined {
  const hasFiles = files.ca !== undefined || files.cert !== undefined;
  if (config.kafkaTls === false && hasFiles) {
    throw new StreamlabError('INVALID_CONFIG', 'kafkaTls is false, and yet kafkaCa or kafkaCert is given.', {
      suggestions: ['Leave kafkaTls out: certificates turn TLS on.'],
    });
  }
  const usesTls = config.kafkaTls ?? hasFiles;
  if (!usesTls && config.kafkaSasl === 'none') return undefined;
  return {
    ...(usesTls ? { tls: files } : {}),
    ...(config.kafkaSasl === 'none'
      ? {}
      : {
          sasl: {
            mechanism: config.kafkaSasl.toUpperCase() as (typeof saslMechanisms)[number],
            user: config.kafkaUser ?? '',
            password: secrets.KAFKA_PASSWORD ?? '',
          },
        }),
  };
}

function flinkConnection(config: Config, secrets: Secrets, files: TlsIdentity): FlinkConnection {
  const { flinkUser, flinkStateDir: stateDir } = config;
  const token = secrets.FLINK_TOKEN;
  if (flinkUser !== undefined && token !== undefined) {
    throw new StreamlabError('INVALID_CONFIG', 'flinkUser and STREAMLAB_FLINK_TOKEN are both set.', {
      suggestions: [
        'A proxy in front of Flink takes a token, or a user and a password: leave one of them out.',
      ],
    });
  }
  const authorization =
    flinkUser !== undefined
      ? `Basic ${base64(`${flinkUser}:${secrets.FLINK_PASSWORD ?? ''}`)}`
      : token === undefined
        ? undefined
        : `Bearer ${token}`;
  const access: HttpAccess = {
    ...(Object.keys(files).length > 0 ? { tls: files } : {}),
    ...(authorization === undefined ? {} : { authorization }),
  };
  return {
    restUrl: config.flinkUrl ?? '',
    gatewayUrl: config.sqlGatewayUrl ?? '',
    ...(Object.keys(access).length > 0 ? { access } : {}),
    ...(stateDir === undefined ? {} : { stateDir }),
  };
}

/** RFC 7617 asks for UTF-8 where it is not told otherwise; btoa takes bytes as characters. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function clickhouseConnection(config: Config, secrets: Secrets, files: TlsIdentity): ClickHouseConnection {
  const { clickhouseKafkaCollection: kafkaCollection } = config;
  return {
    url: config.clickhouseUrl ?? '',
    user: config.clickhouseUser,
    password: secrets.CLICKHOUSE_PASSWORD ?? '',
    isPasswordGiven: true,
    database: config.clickhouseDatabase,
    ...(Object.keys(files).length > 0 ? { tls: files } : {}),
    ...(kafkaCollection === undefined ? {} : { kafkaCollection }),
  };
}
