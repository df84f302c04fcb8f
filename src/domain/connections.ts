/** How to reach the Kafka of a lab. */
export interface KafkaConnection {
  /** `host:port` of each bootstrap broker. */
  brokers: readonly string[];
}

export interface FlinkConnection {
  /** JobManager REST address, without a slash at the end. */
  restUrl: string;
  /** SQL Gateway REST address, without a slash at the end. */
  gatewayUrl: string;
}

export interface ClickHouseConnection {
  /** HTTP interface, without a slash at the end. */
  url: string;
  user: string;
  password: string;
  database: string;
}

/** Everything a command needs to talk to a running lab, whatever runtime it has. */
export interface LabConnections {
  kafka: KafkaConnection;
  /** The brokers as the Flink job and the ClickHouse engine see them (differs from `kafka` in containers). */
  kafkaInside: KafkaConnection;
  flink: FlinkConnection;
  clickhouse: ClickHouseConnection;
}
