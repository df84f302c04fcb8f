/** The inside of a string literal of Flink SQL: only the quote is special (Calcite's lexical rules). */
export function sqlText(text: string): string {
  return text.replaceAll("'", "''");
}

/** The inside of a string literal of ClickHouse's SQL. */
export function clickhouseText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}

/**
 * The inside of a quoted value of a JAAS configuration. Kafka's JaasConfig reads it with java.io.StreamTokenizer, which
 * knows the escapes of C and ends a string at a line break.
 */
export function jaasText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
