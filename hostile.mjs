import kafkajs from 'kafkajs';
const { Kafka, logLevel } = kafkajs;
const p = new Kafka({ brokers: [process.argv[2]], logLevel: logLevel.ERROR }).producer({});
await p.connect();
const send = (messages) => p.send({ topic: 'events.raw.v1', messages });
const big = 'x'.repeat(100_000);

for (const m of [
 { key: '\u0000\u001b]0;pwn\u0007', value: '\u0000\u001b[31m<script>hacked=1</script>\u202eabc\u2066' },
 { key: '<img src=x onerror=hacked=1>', value: JSON.stringify({event_id:'<img src=x onerror=hacked=1>\u0000\u001b[2J\u202e', event_type:"'; DROP TABLE dlq; --", schema_version: 1}) },
 { key: 'deep', value: '['.repeat(490_000)+']'.repeat(490_000) },
 { key: 'deepo', value: '{"event_id":'.repeat(80_000)+'1'+'}'.repeat(80_000) },
 { key: 'ones', value: '['+'1,'.repeat(500_000)+'1]' },

 { key: Buffer.from([0xff,0xfe,0]), value: Buffer.from([0xff,0xfe,0,1,2]) },
]) await send([m]);
// many malformed at once
await send(Array.from({length: 5000}, (_, i) => ({ key: 'm'+i, value: '{broken '+i })));
await p.disconnect();
