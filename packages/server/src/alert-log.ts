/** Alerts as lines of the log: most are about the node, and no instance's history has any. */
import type { InstanceManager, Log } from '@wakeeper/lifecycle';

export function logAlerts(manager: Pick<InstanceManager, 'subscribe'>, log: Log): void {
  manager.subscribe(({ type, body }) => {
    if (type === 'alert.raised')
      log.warn({ alert: body.name, instances: body.instances }, `alert raised: ${body.message}`);
    if (type === 'alert.resolved') log.info({ alert: body.name }, `alert resolved: ${body.name}`);
  });
}
