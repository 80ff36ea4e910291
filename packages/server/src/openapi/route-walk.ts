/** The routes of an app with what their handlers say of themselves. */
import type { Hono } from 'hono';
import type { RouterRoute } from 'hono/types';
import type { z } from 'zod';
import { type Operation, type Part, partOf } from '../http/described.js';
import type { ProblemCode } from '../http/problem.js';

export interface DescribedRoute {
  readonly method: string;
  /** As the router has it: `/v1/instances/:id`. */
  readonly path: string;
  readonly operation: Operation;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  readonly form: z.ZodType | undefined;
  readonly params: Readonly<Record<string, z.ZodType>>;
  readonly isLocked: boolean;
  readonly problems: readonly ProblemCode[];
}

export interface Walk {
  readonly routes: readonly DescribedRoute[];
  /** `GET /v1/instances`: routes of which none of their handlers says what they are. */
  readonly undescribed: readonly string[];
}

/** True of middleware at `pattern` for a route at `path`; both as they were registered. */
const covers = (pattern: string, path: string): boolean => {
  if (!pattern.endsWith('*')) return pattern === path;
  const base = pattern.replace(/\/?\*$/, '');
  return base === '' || path === base || path.startsWith(`${base}/`);
};

/** The handlers that a request to a route passes, in their order: what was registered later is not asked. */
const passed = (routes: readonly RouterRoute[], { method, path }: RouterRoute, last: number): Part[] =>
  routes
    .slice(0, last + 1)
    .filter((each) =>
      each.method === 'ALL' ? covers(each.path, path) : each.method === method && each.path === path,
    )
    .map(({ handler }) => partOf(handler));

export function walkRoutes({ routes }: Pick<Hono, 'routes'>): Walk {
  const found = new Map<string, DescribedRoute>();
  const undescribed = new Set<string>();
  for (const [index, route] of routes.entries()) {
    const { method, path } = route;
    if (method === 'ALL') continue;
    const name = `${method} ${path}`;
    const parts = passed(routes, route, index);
    const operation = parts.find((part) => part.operation)?.operation;
    if (!operation) {
      undescribed.add(name);
      continue;
    }
    undescribed.delete(name);
    const problems = [...parts.flatMap((part) => part.problems ?? []), ...(operation.problems ?? [])];
    found.set(name, {
      method,
      path,
      operation,
      query: parts.find((part) => part.query)?.query,
      body: parts.find((part) => part.body)?.body,
      form: parts.find((part) => part.form)?.form,
      params: Object.assign({}, ...parts.map((part) => part.params), operation.params),
      isLocked: parts.some((part) => part.isLocked),
      problems: [...new Set(problems)],
    });
  }
  return { routes: [...found.values()], undescribed: [...undescribed] };
}
