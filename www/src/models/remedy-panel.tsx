import { Button } from "@mantine/core";
import { ArrowLeft } from "lucide-react";
import { useEffect, useRef } from "react";
import { Doctor } from "../doctor/doctor";
import { cloudOf } from "../settings/clouds";
import { CloudAccess } from "../settings/cloud-access";
import { KeyForm } from "../settings/key-form";
import classes from "./model-browser.module.css";
import { providerName } from "./model-facts";
import type { Remedy } from "./standing";

/** What helps a model that cannot answer, in the place of the list it was found in. */
export function RemedyPanel({ kind, provider, level, onBack }: { kind: Remedy; provider: string; level: 2 | 3; onBack: () => void }) {
  const back = useRef<HTMLButtonElement>(null);
  const cloud = cloudOf(provider);
  const Heading = `h${level}` as const;
  const title = kind === "key" ? `A key for ${providerName(provider)}` : `Why ${providerName(provider)} cannot be used`;

  useEffect(() => back.current?.focus(), []);

  return (
    <section className={classes.panel} aria-label={title}>
      <Button ref={back} variant="subtle" size="compact-md" leftSection={<ArrowLeft size={16} aria-hidden />} onClick={onBack}>
        Back to the models
      </Button>
      <Heading className={classes.title}>{title}</Heading>
      {kind === "doctor" && <Doctor provider={provider} />}
      {kind === "key" && (cloud === undefined ? <KeyForm provider={provider} onKept={onBack} /> : <CloudAccess cloud={cloud} onKept={onBack} />)}
    </section>
  );
}
