'use strict';
// The scenarios of clients/conformance, as this client writes them: conformance.js SCENARIO COUNT.
const fs = require('node:fs');
const { TrackerLog } = require('./local_tracker');

const [scenario, count] = [process.argv[2], Number(process.argv[3])];
const log = TrackerLog.open({
  session: process.env.CONFORMANCE_SESSION, name: 'Grüße, 世界 😀',
  rotateBytes: Number(process.env.CONFORMANCE_ROTATE) || undefined,
});

function samples() {
  for (let i = 0; i < count; i += 1) log.sample('n', i, { unit: 'ms', labels: { route: '/a' }, ts: 1763899200000 + i });
}

const scenarios = {
  samples,
  exit: samples,
  story() {
    const run = log.run({ id: 'r1', test: 'warm "cache"\n', target: 'http://localhost:3000/', params: { cache: 'on', größe: '1\t2\\' } });
    run.sample('http.latency_ms', 12.5, { unit: 'ms', ok: true, labels: { route: '/ü/😀', status: 200 } });
    run.sample('http.latency_ms', 0.1, { ok: false });
    run.sample('large', 1e300);
    run.sample('small', -1.5e-9);
    log.sample('no_run', 3);
    log.note('line one\nline two \u0001\u007f \u2028');
    run.finish('failed');
  },
  bad() {
    log.sample('', 1);
    log.sample('m'.repeat(129), 1);
    log.sample('m', NaN);
    log.sample('m', Infinity);
    log.sample('m', 1, { labels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, 'x'])) });
    log.sample('m', 1, { unit: 'm'.repeat(1025) });
    log.note('m'.repeat(2 << 20));
    log.sample('good', 1);
    log.flush();
    log.sample('good', 1);
  },
  quiet() {
    log.sample('n', 0);
    setTimeout(() => {
      log.sample('n', 1);
      fs.writeSync(1, '1\n');
    }, count);
    setTimeout(() => {}, 60000);
  },
  overflow() {
    samples();
    fs.writeSync(1, 'full\n');
    fs.readSync(0, Buffer.alloc(1));
    log.flush();
  },
  acknowledge() {
    for (let i = 0; i < count; i += 1) {
      log.sample('n', i);
      if (i % 10 === 9 && log.flush()) fs.writeSync(1, `${i + 1}\n`);
    }
  },
};
scenarios[scenario]();
if (scenario !== 'exit' && scenario !== 'quiet') {
  log.close();
  console.log(`dropped ${log.dropped}`);
  if (log.error) console.log(`error ${log.error}`);
  console.log('done');
}
