import kafkajs, { type Admin, type RetryOptions } from 'kafkajs';

/** Lets an administrator of a broker do something. */
export async function administer<T>(
  broker: string,
  work: (admin: Admin) => Promise<T>,
  retry: RetryOptions = {},
): Promise<T> {
  const { Kafka, logLevel } = kafkajs;
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
