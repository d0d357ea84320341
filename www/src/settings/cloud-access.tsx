import { Anchor, Button } from "@mantine/core";
import { LogIn } from "lucide-react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import type { Cloud } from "./clouds";
import classes from "./form.module.css";
import { KeyForm } from "./key-form";

/** OpenRouter's own page makes a key of the visitor's, so that nobody has to copy one. */
function SignIn({ remember }: { remember: boolean }) {
  const { signIn } = useSession();
  const state = useObservable(signIn.state);
  const busy = state.status === "leaving" || state.status === "finishing";
  return (
    <div className={classes.fields}>
      {state.status === "failed" && (
        <p role="alert" className={classes.fault}>
          {state.message}
        </p>
      )}
      <div className={classes.actions}>
        <Button leftSection={<LogIn size={16} aria-hidden />} loading={busy} onClick={() => void signIn.begin(remember)}>
          Sign in with OpenRouter
        </Button>
      </div>
      <p className={classes.or}>or with a key of yours</p>
    </div>
  );
}

/** The ways to use a cloud: what it is told, its sign-in, and a key. */
export function CloudAccess({ cloud, onKept }: { cloud: Cloud; onKept?: () => void }) {
  const { mesh, signIn } = useSession();
  const lives = useObservable(mesh.keys.lives);
  const state = useObservable(signIn.state);
  const hasKey = lives.has(cloud.name);
  const signsIn = cloud.name === "openrouter";
  return (
    <div className={classes.fields}>
      <p className={classes.text}>{cloud.disclosure}</p>
      {signsIn && hasKey && state.status === "done" && <p className={classes.text}>You are signed in with OpenRouter.</p>}
      <KeyForm provider={cloud.name} hint={cloud.keyHint} onKept={onKept} {...(signsIn ? { above: (remember) => <SignIn remember={remember} /> } : {})} />
      {!hasKey && (
        <p className={classes.text}>
          <Anchor href={cloud.keyPage} target="_blank" rel="noopener noreferrer" inherit>
            Get a key from {cloud.title}
          </Anchor>
        </p>
      )}
    </div>
  );
}
