import { Button } from "@mantine/core";
import { type CacheStats, MeshError } from "hkm-mesh";
import { useMesh } from "hkm-mesh/react";
import { useEffect, useState } from "react";
import { announce } from "../app/announcer";
import { Card } from "../app/card";
import { formatBytes } from "../models/model-facts";

/** What is kept so that nothing has to be asked twice, and a way to be rid of it. */
export function KeptAnswers() {
  const mesh = useMesh();
  const [stats, setStats] = useState<CacheStats>();
  const [forgetting, setForgetting] = useState(false);
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    let isCurrent = true;
    // What cannot be counted is not shown.
    mesh.cache.stats().then((found) => isCurrent && setStats(found), () => undefined);
    return () => {
      isCurrent = false;
    };
  }, [mesh]);

  const forget = async () => {
    setForgetting(true);
    setProblem(undefined);
    try {
      await mesh.cache.clear();
      setStats(await mesh.cache.stats());
      announce("The kept answers are forgotten.");
    } catch (error) {
      setProblem(MeshError.isInstance(error) ? `${error.message} ${error.hint ?? ""}` : String(error));
    } finally {
      setForgetting(false);
    }
  };
  const entries = stats?.entries ?? 0;
  return (
    <Card title="Kept answers">
      <p>
        {entries === 0
          ? "No answers are kept. The same question asked again within a day is answered from here, without a model."
          : `${entries} ${entries === 1 ? "answer is" : "answers are"} kept for a day with ${entries === 1 ? "its question" : "their questions"}, unencrypted, in ${formatBytes(stats?.bytes ?? 0)} of this browser's storage. What you ask under the goal Privacy is only kept until you close the page.`}
      </p>
      {problem !== undefined && <p role="alert">{problem}</p>}
      {entries > 0 && (
        <Button variant="default" loading={forgetting} onClick={() => void forget()}>
          Forget them
        </Button>
      )}
    </Card>
  );
}
