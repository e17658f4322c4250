# Loads the page with the files it names at a given instant of this PC's clock, again and again, for a while.
param([string]$Url, [double]$At, [int]$Rounds, [int]$Longest)
$ErrorActionPreference = 'Stop'

function Get-Instant { [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() / 1000.0 }

Add-Type -AssemblyName System.Net.Http
$wait = [Math]::Min([Math]::Max($At - (Get-Instant), 0), 120)
Start-Sleep -Milliseconds ([int]($wait * 1000))
$begun = Get-Instant
$times = New-Object System.Collections.Generic.List[double]
$bytes = 0
$failed = 0
for ($round = 0; $round -lt $Rounds -and (Get-Instant) -lt $begun + $Longest; $round++) {
  $client = New-Object System.Net.Http.HttpClient
  $client.Timeout = [TimeSpan]::FromSeconds(10)
  try {
    $waiting = New-Object System.Collections.Generic.Queue[string]
    $waiting.Enqueue($Url)
    while ($waiting.Count -gt 0) {
      $here = $waiting.Dequeue()
      $watch = [Diagnostics.Stopwatch]::StartNew()
      $body = $client.GetByteArrayAsync($here).GetAwaiter().GetResult()
      $times.Add([Math]::Round($watch.Elapsed.TotalMilliseconds, 1))
      $bytes += $body.Length
      if ($here -eq $Url) {
        $text = [Text.Encoding]::UTF8.GetString($body)
        foreach ($match in [regex]::Matches($text, '(?:href|src)="([^"#]+)"')) {
          $next = New-Object Uri((New-Object Uri($Url)), $match.Groups[1].Value)
          if ($next.AbsolutePath.Contains('/static/')) { $waiting.Enqueue($next.AbsoluteUri) }
        }
      }
    }
  } catch { $failed++ } finally { $client.Dispose() }
}

$Ansible.Changed = $false
$Ansible.Result = @{
  load = @{ begun = $begun; ended = (Get-Instant); bytes = $bytes; times = @($times); failed = $failed }
}
