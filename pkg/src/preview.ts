// The members that are planned. An ignored guard leaks and an ignored budget spends, so each says that it is not there.
import { notBuilt } from "./error.js";
import type { Budget, Guard, Templates } from "./preview-types.js";

function refuse(name: string): never {
  throw notBuilt(name);
}

function refuseLater(name: string): Promise<never> {
  return Promise.reject(notBuilt(name));
}

export const budget: Budget = {
  get: () => refuse("budget.get"),
  subscribe: () => refuse("budget.subscribe"),
  limits: () => refuse("budget.limits"),
  set: () => refuseLater("budget.set"),
};

export const guard: Guard = {
  scan: () => refuse("guard.scan"),
  mask: () => refuse("guard.mask"),
  unmask: () => refuse("guard.unmask"),
};

export const templates: Templates = {
  list: () => refuse("templates.list"),
  get: () => refuse("templates.get"),
  save: () => refuseLater("templates.save"),
  remove: () => refuseLater("templates.remove"),
  import: () => refuseLater("templates.import"),
  export: () => refuse("templates.export"),
};
