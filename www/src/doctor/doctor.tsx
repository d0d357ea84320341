import { Button, Loader } from "@mantine/core";
import type { Diagnosis, Mesh, ModelProvider } from "hkm-mesh";
import { useMesh } from "hkm-mesh/react";
import { CircleCheck, RefreshCw } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { announce } from "../app/announcer";
import { useSession } from "../app/session-context";
import { KeyForm } from "../settings/key-form";
import { providerName } from "../models/model-facts";
import classes from "./doctor.module.css";
import { AddressForm } from "./address-form";
import { PullForm } from "./pull-form";
import { Remedies } from "./remedies";

type Cause = Diagnosis["causes"][number];

/** A page cannot know for certain what keeps it from a server, so it does not say so. */
const likelihoodNames: Record<Cause["likelihood"], string | undefined> = { certain: undefined, likely: "Most likely", possible: "Possible" };

function CauseView({ cause, children }: { cause: Cause; children?: ReactNode }) {
  const likelihood = likelihoodNames[cause.likelihood];
  return (
    <div className={classes.cause} data-code={cause.code}>
      <p className={classes.message}>
        {likelihood !== undefined && <span className={classes.likelihood}>{likelihood}: </span>}
        {cause.message}
      </p>
      {children}
      {cause.remedies.length > 0 && <Remedies remedies={cause.remedies} />}
    </div>
  );
}

interface Examination {
  running: boolean;
  diagnosis?: Diagnosis;
  failure?: string;
}

async function examine(mesh: Mesh, provider: ModelProvider): Promise<Examination> {
  try {
    return { running: false, diagnosis: await mesh.diagnose(provider) };
  } catch (error) {
    return { running: false, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** Why a provider cannot be used, what the mesh saw, and what to do about it. */
export function Doctor({ provider }: { provider: ModelProvider }) {
  const { mesh: session } = useSession();
  const mesh = useMesh();
  const [examination, setExamination] = useState<Examination>({ running: true });
  const name = providerName(provider);

  useEffect(() => {
    let current = true;
    void examine(mesh, provider).then((examined) => {
      if (current) setExamination(examined);
    });
    return () => {
      current = false;
    };
  }, [mesh, provider]);

  const tryAgain = async () => {
    setExamination((before) => ({ ...before, running: true }));
    await session.look([provider]);
    const examined = await examine(mesh, provider);
    setExamination(examined);
    announce(examined.diagnosis?.ok === true ? `${name} answers now.` : `${name} can still not be used.`);
  };

  const { running, diagnosis, failure } = examination;
  const causes = diagnosis?.causes ?? [];
  const [first, ...others] = causes;
  return (
    <section data-doctor className={classes.doctor} aria-label={`${name}: what is wrong`} aria-busy={running}>
      {diagnosis === undefined && failure === undefined && (
        <p className={classes.line}>
          <Loader size={16} aria-hidden /> Looking at {name}…
        </p>
      )}
      {failure !== undefined && <p className={classes.line}>{failure}</p>}
      {diagnosis?.ok === true && causes.length === 0 && (
        <p className={classes.line}>
          <CircleCheck size={18} aria-hidden className={classes.good} /> {name} answers.
        </p>
      )}
      {first !== undefined && (
        <CauseView cause={first}>
          {first.code === "model-missing" && provider === "ollama" && <PullForm />}
          {(first.code === "key-missing" || first.code === "key-refused") && <KeyForm provider={provider} onKept={() => void tryAgain()} />}
          <AddressForm key={first.code} provider={provider} cause={first} />
        </CauseView>
      )}
      <div className={classes.foot}>
        <Button variant="default" size="sm" leftSection={<RefreshCw size={15} aria-hidden />} loading={running && diagnosis !== undefined} onClick={() => void tryAgain()}>
          Try again
        </Button>
      </div>
      {others.length > 0 && (
        <details className={classes.more} open={first?.code === "certificate"}>
          <summary>If that does not help</summary>
          {others.map((cause) => (
            <CauseView key={cause.code} cause={cause} />
          ))}
        </details>
      )}
      {diagnosis !== undefined && diagnosis.evidence.length > 0 && (
        <details className={classes.more}>
          <summary>What was tried</summary>
          <ul>
            {diagnosis.evidence.map((entry, index) => (
              <li key={index}>
                {entry.probe}: {entry.outcome}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
