/** The stand-ins by the setting of compose/compose.yaml that names the image of a service. */
export const standIns = {
  STREAMLAB_KAFKA_IMAGE: 'streamlab-stand-in/kafka:test',
  STREAMLAB_FLINK_IMAGE: 'streamlab-stand-in/flink:test',
  STREAMLAB_CLICKHOUSE_IMAGE: 'streamlab-stand-in/clickhouse:test',
  STREAMLAB_GRAFANA_IMAGE: 'streamlab-stand-in/grafana:test',
  STREAMLAB_KAFKA_UI_IMAGE: 'streamlab-stand-in/kafka-ui:test',
} as const;
