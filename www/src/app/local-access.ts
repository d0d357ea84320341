const loopbackHosts: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether the page may look for models on this machine without having been asked. A page from this machine may: browsers
 * do not prompt then. A page from elsewhere waits for a click, unless the visitor has already allowed it, because the
 * browser's question would come out of nowhere.
 */
export async function mayLookUnasked(): Promise<boolean> {
  if (loopbackHosts.includes(location.hostname)) return true;
  try {
    const permission = await navigator.permissions.query({ name: "loopback-network" as PermissionName });
    return permission.state === "granted";
  } catch {
    return false; // this browser does not know the permission
  }
}
