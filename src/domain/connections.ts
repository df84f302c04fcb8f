/** Certificates and keys as PEM text. */
export interface TlsIdentity {
  /** Who is trusted; the system's authorities where it is absent. */
  ca?: string;
  /** The client's own certificate, with its chain, and its key (PKCS #8, not encrypted). */
  cert?: string;
  key?: string;
}

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

export interface SaslLogin {
  mechanism: (typeof saslMechanisms)[number];
  user: string;
  password: string;
}

/** What a broker's listener asks for; absent parts are not used. */
export interface KafkaSecurity {
  tls?: TlsIdentity;
  sasl?: SaslLogin;
}

/** How to reach the Kafka of a lab. */
export interface KafkaConnection {
  /** `host:port` of each bootstrap broker. */
  brokers: readonly string[];
  /** Absent: a plaintext listener without authentication. */
  security?: KafkaSecurity;
}

/** What an HTTP service behind a proxy asks for. */
export interface HttpAccess {
  tls?: TlsIdentity;
  /** Value of the header `Authorization`: a secret. */
  authorization?: string;
}

/** Web pages of a lab that a person opens; absent where the lab has none. */
export interface LabPages {
  grafana?: string;
  kafkaUi?: string;
  console?: string;
}

export interface FlinkConnection {
  /** JobManager REST address, without a slash at the end. */
  restUrl: string;
  /** SQL Gateway REST address, without a slash at the end. */
  gatewayUrl: string;
  /** Of both addresses. */
  access?: HttpAccess;
  /** Where checkpoints and savepoints go, a URI; the cluster's own configuration says it where this is absent. */
  stateDir?: string;
}

export interface ClickHouseConnection {
  /** HTTP interface, without a slash at the end. */
  url: string;
  user: string;
  password: string;
  database: string;
  tls?: TlsIdentity;
  /** A named collection of the server that holds brokers and credentials of its Kafka engine. */
  kafkaCollection?: string;
  /** A password that streamlab made itself is shown, so that people can log in; one that it was given is not. */
  isPasswordGiven?: boolean;
}

/** Everything a command needs to talk to a running lab, whatever runtime it has. */
export interface LabConnections {
  kafka: KafkaConnection;
  /** The brokers as the Flink job and the ClickHouse engine see them (differs from `kafka` in containers). */
  kafkaInside: KafkaConnection;
  flink: FlinkConnection;
  clickhouse: ClickHouseConnection;
  pages: LabPages;
}
