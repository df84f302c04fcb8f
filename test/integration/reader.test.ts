import kafkajs, { type Message, type Producer, type Transaction } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKafkaAdmin } from '../../src/adapters/kafka/admin.js';
import {
  createTopicReader,
  type KafkaRecord,
  type OffsetRange,
  type ReadOptions,
  type TopicReader,
} from '../../src/adapters/kafka/reader.js';
import { TestHome, type Status } from './support/cli.js';
import { randomFrom } from './support/random.js';

const { CompressionTypes, Kafka, logLevel } = kafkajs;
